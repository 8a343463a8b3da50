"""What a rule would have done: its spec and records in, matches and alerts out. Nothing is written.

The same observe, judge and episodes as the worker's, over one rule: what this says is what the rule will do.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from alerts.replay import Episode, Replay
from alerts.rules import RuleSpec, query_of
from alerts.rules.frame import SECOND, event_time
from query import matcher
from search.api.stored import MODELS, nanoseconds, record
from telemetry.records import LEVELS, LogRecord, Record

RECENT_LIMIT = 10_000
EXAMPLES = 5
BARS = 60
ALERT_LIMIT = 200


class Tried(msgspec.Struct):
    """An alert that would have been. Times are nanoseconds; ``resolved_at`` is None while it would still be open."""

    group: dict[str, Any]
    count: int
    first_seen: int
    last_seen: int
    value: float
    threshold: float
    related_logs: list[str]
    resolved_at: int | None = None


class Trial(msgspec.Struct):
    """``sampled`` records were looked at, ``matched`` of them matched; ``bars`` are the matches over time."""

    sampled: int
    matched: int
    alerts: list[Tried]
    examples: list[Record]
    bars: list[int]
    complete: bool = True


def tryout(spec: RuleSpec, records: Sequence[Record], since: int, now: int) -> Trial:
    """Judge ``records`` by the rule, as they would have been judged up to ``now``. ``spec`` is one that ``check`` found
    nothing wrong with."""
    matches = matcher(query_of(spec), spec.signal)
    matched = sorted((record for record in records if matches(record)), key=event_time)
    replay = Replay(spec)
    replay.take(matched)
    alerts = sorted((tried(episode) for episode in replay.end(now)), key=lambda alert: alert.first_seen)
    return Trial(len(records), len(matched), alerts[-ALERT_LIMIT:], matched[-EXAMPLES:], bars(matched, since, now))


def tried(episode: Episode) -> Tried:
    assert episode.summary is not None, "whatever opened has been summed up"
    summary, evidence = episode.summary, episode.summary.evidence
    return Tried(
        group=episode.group,
        count=summary.count,
        first_seen=summary.first,
        last_seen=summary.last,
        value=evidence.value,
        threshold=evidence.threshold,
        related_logs=[name for _, name, _ in evidence.samples],
        resolved_at=episode.resolved_at,
    )


def bars(matched: Sequence[Record], since: int, now: int) -> list[int]:
    """How many matches fall into each of ``BARS`` equal slices of the time from ``since`` to ``now``."""
    counts = [0] * BARS
    for moment in map(event_time, matched):
        if since <= moment < now:
            counts[(moment - since) * BARS // (now - since)] += 1
    return counts


# --- records to try it on -----------------------------------------------------------------------------------------


def recent(signal: str, now: datetime, back: timedelta = timedelta(hours=1)) -> tuple[list[Record], bool]:
    """The newest stored records of the last hour, and whether that is all of them."""
    rows = MODELS[signal].objects.filter(timestamp__gte=now - back, timestamp__lte=now).order_by("-timestamp")  # type: ignore[attr-defined]
    found = [record(row) for row in rows[: RECENT_LIMIT + 1]]
    return found[:RECENT_LIMIT], len(found) <= RECENT_LIMIT


def on_recent(spec: RuleSpec, now: datetime) -> Trial:
    # what a composite rule judges isn't stored as records
    records, complete = recent(spec.signal, now) if spec.signal in MODELS else ([], True)
    end = nanoseconds(now)
    trial = tryout(spec, records, end - 3600 * SECOND, end)
    trial.complete = complete
    return trial


def on_given(spec: RuleSpec, records: Sequence[LogRecord], now: datetime) -> Trial:
    times = [event_time(record) for record in records]
    end = max([nanoseconds(now), *(moment + 1 for moment in times)])
    return tryout(spec, records, min(times, default=end - 1), end)


class Given(msgspec.Struct):
    """A JSON log as senders write it. What isn't in the contract counts as an attribute."""

    timestamp: datetime
    service: str
    level: str
    message: str
    trace_id: str | None = None
    span_id: str | None = None
    request_id: str | None = None
    error_code: str | None = None
    user_id: str | None = None
    product_id: str | None = None
    action: str | None = None
    status: str | None = None
    app_version: str | None = None
    environment: str | None = None
    host: str | None = None
    attrs: dict[str, Any] = msgspec.field(default_factory=dict)


def given(log: Mapping[str, Any], number: int) -> LogRecord:
    """One record of a test; raises ValueError that names what is wrong with it."""
    try:
        checked = msgspec.convert(log, Given)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    if checked.level not in LEVELS:
        raise ValueError(f"level: {checked.level!r} is none of {', '.join(LEVELS)}")
    moment = nanoseconds(checked.timestamp if checked.timestamp.tzinfo else checked.timestamp.replace(tzinfo=UTC))
    if not 0 <= moment < 2**63:
        raise ValueError("timestamp: must lie between 1970 and 2262")
    fields = {name: getattr(checked, name) for name in Given.__struct_fields__}
    extra = {name: value for name, value in log.items() if name not in fields}
    fields |= {"timestamp": moment, "received_at": moment, "attrs": {**checked.attrs, **extra}}
    return LogRecord(**fields, id=str(log.get("id", number)), pattern="")
