"""A trace as a waterfall: spans under their parents with their place in time, and the logs under their span. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from telemetry.records import LogRecord, Span

COLOURS = 8
MOST_DEPTH = 12  # indented; deeper ones stand below each other


@dataclass
class Bar:
    """``left``, ``width``: in thousandths of the trace. ``self_ns``: time in which no child was at work. ``orphan``:
    its parent is not there. ``early``: it begins before its parent, as it may where clocks differ."""

    span: Span
    depth: int
    left: float
    width: float
    colour: int
    self_ns: int
    orphan: bool = False
    early: bool = False
    logs: list[tuple[LogRecord, float]] = field(default_factory=list)


@dataclass
class Waterfall:
    """``loose``: logs of the trace that name no span of it."""

    bars: list[Bar]
    loose: list[LogRecord]
    services: dict[str, int]
    start: int
    duration: int
    errors: int

    @property
    def ticks(self) -> list[float]:
        return [self.duration * quarter / 4 for quarter in range(5)]


def waterfall(spans: Sequence[Span], logs: Sequence[LogRecord]) -> Waterfall:
    spans = sorted({span.span_id: span for span in spans}.values(), key=lambda span: (span.timestamp, span.id))
    services = {name: number % COLOURS + 1 for number, name in enumerate(dict.fromkeys(span.service for span in spans))}
    times = [span.timestamp for span in spans] + [log.timestamp for log in logs]
    start = min(times, default=0)
    end = max([span.timestamp + span.duration_ns for span in spans] + times, default=0)
    made = Waterfall([], [], services, start, max(end - start, 1), sum(span.status == "error" for span in spans))
    by_span = defaultdict(list)
    for log in logs:
        by_span[log.span_id].append((log, share(log.timestamp, made)))
    for span, depth, parent, children in in_order(spans):
        made.bars.append(
            Bar(
                span, min(depth, MOST_DEPTH), share(span.timestamp, made), 1000 * span.duration_ns / made.duration,
                services[span.service], self_time(span, children),
                orphan=bool(span.parent_span_id) and parent is None,
                early=parent is not None and span.timestamp < parent.timestamp,
                logs=by_span.pop(span.span_id, []),
            )
        )  # fmt: skip
    made.loose = [log for found in by_span.values() for log, _ in found]
    return made


def share(moment: int, of: Waterfall) -> float:
    return 1000 * (moment - of.start) / of.duration


def in_order(spans: Sequence[Span]) -> list[tuple[Span, int, Span | None, list[Span]]]:
    """Each span with its depth, parent and children; parents before their children. No span is lost, even where
    parents go round in a circle."""
    known = {span.span_id: span for span in spans}
    children = defaultdict(list)
    for span in spans:
        parent = span.parent_span_id if span.parent_span_id in known and span.parent_span_id != span.span_id else None
        children[parent].append(span)
    found, seen = [], set()
    for root in [*children[None], *spans]:
        stack = [(root, 0)]
        while stack:
            span, depth = stack.pop()
            if span.span_id in seen:
                continue
            seen.add(span.span_id)
            below = children[span.span_id]
            found.append((span, depth, known.get(span.parent_span_id or ""), below))
            stack += [(child, depth + 1) for child in reversed(below)]
    return found


def self_time(span: Span, children: Sequence[Span]) -> int:
    """The span's time less the time in which at least one child was at work."""
    end, covered, at = span.timestamp + span.duration_ns, 0, span.timestamp
    for child in sorted(children, key=lambda child: child.timestamp):
        begin, over = max(child.timestamp, at), min(child.timestamp + child.duration_ns, end)
        if over > begin:
            covered += over - begin
            at = over
    return span.duration_ns - covered
