"""A trace as a waterfall: spans under their parents with their place in time, and the logs under their span. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from search.critical import Piece, critical_path, own_time
from search.forest import Node, forest
from telemetry.records import LogRecord, Span

COLOURS = 8
MOST_DEPTH = 12  # indented; deeper ones stand below each other

Drawn = tuple[float, float]  # left and width, in thousandths of the trace


@dataclass
class Bar:
    """A span's row. ``own``: where no child was at work; ``critical``: what the trace's end waited for. ``orphan``: its
    parent is not there. ``early_ns``: so much before its parent it begins, as it may where clocks differ."""

    span: Span
    depth: int
    left: float
    width: float
    colour: int
    self_ns: int
    own: list[Drawn]
    critical: list[Drawn]
    orphan: bool = False
    early_ns: int = 0
    logs: list[tuple[LogRecord, float]] = field(default_factory=list)


@dataclass
class Waterfall:
    """``loose``: logs of the trace that name no span of it. ``twice``: spans left out, as their id was there."""

    bars: list[Bar]
    loose: list[LogRecord]
    services: dict[str, int]
    start: int
    duration: int
    errors: int
    twice: int = 0
    critical_ns: Counter[str] = field(default_factory=Counter)

    @property
    def ticks(self) -> list[float]:
        return [self.duration * quarter / 4 for quarter in range(5)]

    @property
    def orphans(self) -> int:
        return sum(bar.orphan for bar in self.bars)

    @property
    def early(self) -> int:
        return sum(bar.early_ns > 0 for bar in self.bars)

    @property
    def early_ns(self) -> int:
        return max((bar.early_ns for bar in self.bars), default=0)

    @property
    def waited_for(self) -> list[tuple[str, int]]:
        """Services by their time on the critical path, the longest first."""
        return self.critical_ns.most_common()


def waterfall(spans: Sequence[Span], logs: Sequence[LogRecord]) -> Waterfall:
    nodes = forest(spans)
    in_time = sorted(nodes, key=lambda node: (node.start, node.span.id))
    names = dict.fromkeys(node.span.service for node in in_time)
    services = {name: number % COLOURS + 1 for number, name in enumerate(names)}
    times = [node.start for node in nodes] + [log.timestamp for log in logs]
    start = min(times, default=0)
    end = max([node.end for node in nodes] + times, default=0)
    made = Waterfall([], [], services, start, max(end - start, 1), sum(node.span.status == "error" for node in nodes))
    made.twice = len(spans) - len(nodes)
    by_span = defaultdict(list)
    for log in logs:
        by_span[log.span_id].append((log, share(log.timestamp, made)))
    critical = critical_path(nodes)
    for node in nodes:
        pieces = critical.get(node.span.span_id, [])
        made.critical_ns[node.span.service] += sum(until - since for since, until in pieces)
        made.bars.append(bar(node, pieces, made, by_span.pop(node.span.span_id, [])))
    made.loose = [log for found in by_span.values() for log, _ in found]
    return made


def bar(node: Node, critical: Sequence[Piece], of: Waterfall, logs: list[tuple[LogRecord, float]]) -> Bar:
    span, own = node.span, own_time(node)
    return Bar(
        span,
        min(node.depth, MOST_DEPTH),
        share(span.timestamp, of),
        1000 * span.duration_ns / of.duration,
        of.services[span.service],
        sum(until - since for since, until in own),
        drawn(own, of),
        drawn(critical, of),
        orphan=bool(span.parent_span_id) and node.parent is None,
        early_ns=max(node.parent.start - node.start, 0) if node.parent else 0,
        logs=logs,
    )


def share(moment: int, of: Waterfall) -> float:
    return 1000 * (moment - of.start) / of.duration


def drawn(pieces: Iterable[Piece], of: Waterfall) -> list[Drawn]:
    return [(share(since, of), 1000 * (until - since) / of.duration) for since, until in pieces]
