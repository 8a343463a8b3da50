"""Percentiles of numbers that are counted apart and added up later: bins of equal relative width.

The method of DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019): a
percentile is off by at most 1 % of its value. Bins are kept by name in a bucket's numbers.
"""

from collections.abc import Iterable, Mapping
from math import ceil, exp, log

ERROR = 0.01
STEP = log((1 + ERROR) / (1 - ERROR))
LEAST = 1e-9  # what is nearer to zero is zero
SIGNS = {"b+": 1, "b-": -1}


def name_of(value: float) -> str:
    """The bin that a number falls into."""
    if abs(value) < LEAST:
        return "b0"
    return f"{'b+' if value > 0 else 'b-'}{ceil(log(abs(value)) / STEP)}"


def middle(name: str) -> float:
    """The number that stands for all in a bin."""
    if name == "b0":
        return 0.0
    return SIGNS[name[:2]] * exp((int(name[2:]) - 0.5) * STEP)


def bins(values: Iterable[tuple[float, float]]) -> dict[str, float]:
    """Bins of (value, how often)."""
    found: dict[str, float] = {}
    for value, weight in values:
        name = name_of(value)
        found[name] = found.get(name, 0) + weight
    return found


def percentile(parts: Iterable[Mapping[str, float]], percent: float) -> float | None:
    """The nearest-rank percentile over the bins of all parts; None if there is nothing."""
    total: dict[str, float] = {}
    for part in parts:
        for name, weight in part.items():
            if name.startswith("b"):
                total[name] = total.get(name, 0) + weight
    left, found = sum(total.values()) * percent / 100, None
    for number, weight in sorted((middle(name), weight) for name, weight in total.items()):
        left, found = left - weight, number
        if left <= 1e-9:
            break
    return found
