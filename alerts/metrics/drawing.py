"""Lines over time as SVG geometry. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from alerts.metrics.series import Series

WIDTH, HEIGHT = 1200, 260
MOST = 8  # lines, as there are colours
BRIDGED = 3  # slices without a value over which a line goes on


@dataclass(frozen=True)
class Line:
    """``pieces``: the points of polylines; ``dots``: values that stand alone. ``before``: the pieces of the time
    before, and ``earlier`` its values."""

    series: Series
    pieces: list[str]
    dots: list[tuple[float, float]]
    before: list[str]
    earlier: Series | None


@dataclass(frozen=True)
class Plot:
    """``grid``: heights with the value each stands for."""

    lines: list[Line]
    grid: list[tuple[float, float]]
    left_out: int
    width: int = WIDTH
    height: int = HEIGHT


def plot(series: Sequence[Series], before: dict[str, Series]) -> Plot:
    shown = list(series[:MOST])
    known = [
        value for one in [*shown, *(before[one.group] for one in shown if one.group in before)] for value in one.known
    ]
    low, high, unit = scale(min(known, default=0.0), max(known, default=0.0))
    made = []
    for one in shown:
        pieces = places(one.values, low, high)
        earlier = before.get(one.group)
        old = places(earlier.values, low, high) if earlier else []
        dots = [piece[0] for piece in pieces if len(piece) == 1]
        made.append(Line(one, joined(pieces), dots, joined(old), earlier))
    marks = [low + unit * number for number in range(round((high - low) / unit) + 1)]
    grid = [(height_of(mark, low, high), mark) for mark in marks]
    return Plot(made, grid, len(series) - len(shown))


def scale(low: float, high: float) -> tuple[float, float, float]:
    """Round ends around the values, from zero unless all are far from it, and the unit between the marks."""
    if low > 0 and low < high * 0.8:
        low = 0.0
    if high < 0 and high > low * 0.8:
        high = 0.0
    if high - low < 1e-9 * max(abs(high), abs(low), 1e-9):
        low, high = min(low, 0.0), max(high, 0.0) or (1.0 if low == 0 else 0.0)
    unit = 10.0 ** floor(log10((high - low) / 4))
    unit *= next(size for size in (1, 2, 2.5, 5, 10) if size * unit * 4 >= (high - low) * 0.999)
    bottom = floor(low / unit + 1e-9) * unit
    return bottom, max(ceil(high / unit - 1e-9) * unit, bottom + unit), unit


def height_of(value: float, low: float, high: float) -> float:
    return HEIGHT - 8 - (value - low) / (high - low) * (HEIGHT - 16)


def places(values: Sequence[float | None], low: float, high: float) -> list[list[tuple[float, float]]]:
    """The values as points, in pieces where too many are missing between."""
    wide = WIDTH / max(len(values), 1)
    found: list[list[tuple[float, float]]] = []
    last = -BRIDGED - 2
    for place, value in enumerate(values):
        if value is None:
            continue
        if place - last > BRIDGED + 1:
            found.append([])
        found[-1].append(((place + 0.5) * wide, height_of(value, low, high)))
        last = place
    return found


def joined(pieces: Sequence[Sequence[tuple[float, float]]]) -> list[str]:
    return [" ".join(f"{x:.1f},{y:.1f}" for x, y in piece) for piece in pieces if len(piece) > 1]
