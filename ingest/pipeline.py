"""The stages that every record goes through, over a batch of messages: decode, enrich, redact."""

import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from ingest.decode import Malformed, decode
from ingest.enrich import add_patterns, enrich
from ingest.redact import redact, redact_payload, redact_text
from ingest.transport.interface import Message
from telemetry.records import Issue, LogRecord, MetricPoint, Record, Rejected, Span


class Batch(msgspec.Struct):
    """What is made of some messages. ``redacted`` counts records; payloads and errors are redacted too. ``decoded``
    are the numbers of good records, by message."""

    messages: Sequence[Message]
    signals: Mapping[str, str]
    issues: Mapping[str, Issue]
    records: list[Record] = msgspec.field(default_factory=list)
    rejected: list[tuple[Message, Rejected]] = msgspec.field(default_factory=list)
    decoded: list[int] = msgspec.field(default_factory=list)
    redacted: int = 0
    stage_seconds: dict[str, float] = msgspec.field(default_factory=dict)

    @property
    def logs(self) -> list[LogRecord]:
        return [record for record in self.records if isinstance(record, LogRecord)]

    @property
    def spans(self) -> list[Span]:
        return [record for record in self.records if isinstance(record, Span)]

    @property
    def metrics(self) -> list[MetricPoint]:
        return [record for record in self.records if isinstance(record, MetricPoint)]


def decode_and_enrich(batch: Batch) -> None:
    """Both at once: what enrichment adds comes from the message."""
    for message in batch.messages:
        headers = message.headers
        try:
            decoded = decode(
                message.value,
                signal=batch.signals[message.topic],
                encoding=headers.get("encoding"),
                received_at=message.received_at,
                default_service=headers.get("service"),
            )
        except Malformed as error:
            payload = redact_payload(message.value)
            batch.rejected.append((message, Rejected(index=0, reason="malformed", error=str(error), payload=payload)))
            batch.decoded.append(0)
            continue
        enrich(
            decoded.records,
            ids(message, decoded.indexes),
            received_at=message.received_at,
            environment=headers.get("environment"),
            issues=batch.issues,
        )
        batch.records += decoded.records
        batch.decoded.append(len(decoded.records))
        batch.rejected += [(message, reject) for reject in decoded.rejected]


def ids(message: Message, indexes: Sequence[int]) -> list[str]:
    """Positions. What is made of a dead letter has the letter's id, wherever its message lies: the position at which
    the record came in first."""
    if letter := message.headers.get("letter"):
        return [f"{letter}-{index}" if index else letter for index in indexes]
    place = message.place
    return [f"{place}-{index}" for index in indexes]


def redact_all(batch: Batch) -> None:
    batch.redacted = redact(batch.records)
    for _, reject in batch.rejected:
        reject.payload, reject.error = redact_text(reject.payload), redact_text(reject.error)
        reject.service = redact_text(reject.service)


def patterns(batch: Batch) -> None:
    add_patterns(batch.records)


STAGES: tuple[tuple[str, Callable[[Batch], None]], ...] = (
    ("decode", decode_and_enrich),
    ("redact", redact_all),
    ("enrich", patterns),
)


def process(messages: Sequence[Message], signals: Mapping[str, str], issues: Mapping[str, Issue]) -> Batch:
    """``signals``: what each topic carries (logs, traces or metrics); ``issues``: the catalogue by error code."""
    batch = Batch(messages, signals, issues)
    for name, stage in STAGES:
        began = time.perf_counter()
        stage(batch)
        batch.stage_seconds[name] = time.perf_counter() - began
    return batch
