"""How long traces took, as bars of a histogram whose slices grow as 1, 2, 5, 10. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

STEPS = (1, 2, 5, 10)
WIDTH, HEIGHT = 1200, 64


@dataclass(frozen=True)
class Bar:
    """Durations (ns) from ``low`` and below ``high``; ``errors`` of the ``count`` had one. Drawn at ``x``."""

    low: int
    high: int
    count: int
    errors: int
    x: float = 0
    width: float = 0
    height: float = 0
    wrong: float = 0


def slice_of(duration: int) -> tuple[int, int]:
    """The slice that a duration falls into."""
    if duration < 1:
        return 0, 1
    power = 10 ** (len(str(duration)) - 1)
    edges = [power * step for step in STEPS]
    return next((low, high) for low, high in pairwise(edges) if low <= duration < high)


def bars(durations: Sequence[tuple[int, bool]]) -> list[Bar]:
    """Of (nanoseconds, whether with an error); without a gap from the shortest to the longest."""
    if not durations:
        return []
    counted: dict[tuple[int, int], list[int]] = {}
    for duration, wrong in durations:
        both = counted.setdefault(slice_of(duration), [0, 0])
        both[0] += 1
        both[1] += wrong
    slices, last = [min(counted)], max(counted)
    while slices[-1] != last:
        slices.append(slice_of(slices[-1][1]))
    top, wide = max(count for count, _ in counted.values()), WIDTH / len(slices)
    return [
        Bar(low, high, count, errors, number * wide, wide - 2, count * HEIGHT / top, errors * HEIGHT / top)
        for number, (low, high) in enumerate(slices)
        for count, errors in [counted.get((low, high), [0, 0])]
    ]


def nearest_rank(durations: Sequence[int], percent: float) -> int:
    """The duration that so many percent don't exceed; of nothing it is 0."""
    ranked = sorted(durations)
    return ranked[max(-int(-len(ranked) * percent // 100) - 1, 0)] if ranked else 0
