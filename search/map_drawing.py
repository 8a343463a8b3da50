"""A map of services as SVG geometry: a box for each, in layers, and a curve for each call. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10

from search.clauses import clause
from search.layers import layers
from search.service_map import Figures, ServiceMap

BOX, TALL = 196, 46
ACROSS, DOWN = 330, 74  # from one box to the next
MARGIN = 30
MOST = 60  # services that are drawn; the tables have all


@dataclass(frozen=True)
class Box:
    service: str
    figures: Figures
    query: str
    x: float
    y: float


@dataclass(frozen=True)
class Curve:
    """``thick``: by how many calls there are. ``x``, ``y``: where its label stands."""

    caller: str
    callee: str
    figures: Figures
    query: str
    path: str
    thick: float
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    boxes: list[Box]
    curves: list[Curve]
    width: float
    height: float
    left_out: int


def drawing(found: ServiceMap) -> Drawing:
    names = list(found.services)[:MOST]
    calls = {pair: figures for pair, figures in found.calls.items() if pair[0] in names and pair[1] in names}
    columns = layers(names, calls)
    tallest = max(map(len, columns), default=0)
    places = {
        name: (MARGIN + column * ACROSS, MARGIN + (row + (tallest - len(members)) / 2) * DOWN)
        for column, members in enumerate(columns)
        for row, name in enumerate(members)
    }
    boxes = [Box(name, found.services[name], clause("service", name), *places[name]) for name in names]
    curves = [curve(pair, figures, places) for pair, figures in calls.items()]
    width = 2 * MARGIN + max(len(columns) - 1, 0) * ACROSS + BOX
    height = 2 * MARGIN + max(tallest - 1, 0) * DOWN + TALL
    return Drawing(boxes, curves, width, height, len(found.services) - len(names))


def curve(pair: tuple[str, str], figures: Figures, places: Mapping[str, tuple[float, float]]) -> Curve:
    caller, callee = pair
    (x1, y1), (x2, y2) = places[caller], places[callee]
    if x1 < x2:
        start, end, bend, drop = (x1 + BOX, y1 + TALL / 2), (x2, y2 + TALL / 2), ACROSS / 3, 0.0
    else:  # backwards, or within a layer: round below the boxes
        start, end, bend, drop = (x1 + BOX / 2, y1 + TALL), (x2 + BOX / 2, y2 + TALL), 0.0, TALL * 0.7
    path = (
        f"M{start[0]:.0f} {start[1]:.0f}C{start[0] + bend:.0f} {start[1] + drop:.0f}"
        f" {end[0] - bend:.0f} {end[1] + drop:.0f} {end[0]:.0f} {end[1]:.0f}"
    )
    at = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + drop * 0.75)
    called = f"{clause('service', callee)} AND parent_span_id:*"
    return Curve(caller, callee, figures, called, path, 1 + min(log10(figures.count), 4) * 0.75, *at)
