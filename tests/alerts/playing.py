"""Records of every signal, and one group of a rule fed with them in batches or from several partitions."""

import itertools
from typing import Any

from alerts.episodes import Event, State, Terms, advance, merge, refit
from alerts.rules import RuleSpec
from alerts.rules.frame import SECOND, event_time
from telemetry.records import LogRecord, MetricPoint, Span

LATENESS = 10 * SECOND
T0 = 1_700_000_000 * SECOND


def log(second: float, number: int = 0) -> LogRecord:
    at = T0 + int(second * SECOND)
    return LogRecord(
        timestamp=at,
        received_at=at,
        service="shop",
        level="error" if number % 3 == 0 else "info",
        message="m",
        pattern=f"form {number % 5}",
        user_id=f"user-{number % 7}",
        app_version=f"1.{number // 8}.0",
        id=f"r-{number:05d}",
    )


def span(second: float, number: int = 0) -> Span:
    at = T0 + int(second * SECOND)
    return Span(
        timestamp=at,
        received_at=at,
        duration_ns=(number % 11) * 10_000_000,
        service="shop",
        name="GET /",
        trace_id="0" * 32,
        span_id="0" * 16,
        status="error" if number % 4 == 0 else "ok",
        id=f"r-{number:05d}",
    )


def point(second: float, number: int = 0) -> MetricPoint:
    at = T0 + int(second * SECOND)
    return MetricPoint(
        timestamp=at,
        received_at=at,
        service="shop",
        name="queue",
        kind="sum",
        value=float(number % 13),
        monotonic=True,
        temporality="cumulative",
        attrs={"host": number % 2},
        id=f"r-{number:05d}",
    )


RECORDS: dict[str, Any] = {"logs": log, "spans": span, "metrics": point}


def terms(kind, renotify=0, steps=(), **config):
    spec = RuleSpec(slug="rule", reopen_within=60, renotify=renotify, severity_steps=steps)
    return Terms.of(kind, kind.Config(**config), spec)


def run(kind_terms, batches, lateness=LATENESS, axis="event", finish=True):
    """Feed batches; the events told, and what is open at the end."""
    state, told, high, summary = State(), [], 0, None
    for records in batches:
        refit(state, 1, kind_terms)
        kept = []
        for record in records:
            moment = event_time(record) if axis == "event" else record.received_at
            if high - moment <= lateness:
                kept.append(record)
            high = max(high, moment)
        merge(state, kind_terms.type.observe(kind_terms.config, kept), kind_terms)
        events, summary = advance(state, kind_terms, high - lateness)
        told += events
    if finish:
        events, summary = advance(state, kind_terms, high + 10_000 * SECOND)
        told += events
    return told, summary, state


def kinds(events):
    return [event.kind for event in events]


def turns(events):
    """When it began and ended, without what was told between."""
    return [kind for kind in kinds(events) if kind != "repeated"]


def cut(records, places):
    edges = sorted({0, len(records), *(place % (len(records) + 1) for place in places)})
    return [records[a:b] for a, b in itertools.pairwise(edges)]


def story(told: list[Event]):
    """What was told, in order. Repeats are told ahead of the watermark, reminders and rises of severity at it: which of
    those two kinds comes first is as the clock will have it, so each is compared with all the rest."""
    ahead = [event for event in told if event.kind not in ("reminded", "escalated")]
    final = [event for event in told if event.kind != "repeated"]
    return [[(e.kind, e.episode, e.count, e.at, e.severity, e.summary) for e in part] for part in (ahead, final)]


def run_shared(kind_terms, partitions, turns, lateness, axis):
    """Several partitions, read by anyone: each turn is one partition's next batch. The clock is the slowest one's."""
    state, told = State(), []
    highs, left = [0] * len(partitions), [list(records) for records in partitions]
    turns = [*turns, *((number, len(records)) for number, records in enumerate(partitions))]
    for number, size in turns:
        batch, left[number] = left[number][:size], left[number][size:]
        kept = []
        for record in batch:
            moment = event_time(record) if axis == "event" else record.received_at
            if highs[number] - moment <= lateness:
                kept.append(record)
            highs[number] = max(highs[number], moment)
        merge(state, kind_terms.type.observe(kind_terms.config, kept), kind_terms)
        told += advance(state, kind_terms, min(highs) - lateness)[0]
    return told + advance(state, kind_terms, max(highs) + 10_000 * SECOND)[0]
