"""Adds to records what the sender didn't say: id, arrival, environment, pattern, what is known of the error code."""

from collections.abc import Mapping, Sequence

from ingest.patterns import mask
from telemetry.records import Issue, LogRecord, Record


def enrich(
    records: Sequence[Record],
    ids: Sequence[str],
    *,
    received_at: int,
    environment: str | None,
    issues: Mapping[str, Issue],
) -> None:
    """In place."""
    for record, id in zip(records, ids, strict=True):
        record.id = id
        record.received_at = received_at
        if environment and record.environment is None:
            record.environment = environment
        if isinstance(record, LogRecord) and record.error_code is not None:
            record.issue = issues.get(record.error_code)


def add_patterns(records: Sequence[Record]) -> None:
    """After redaction, so that no pattern keeps what the message lost."""
    logs = [record for record in records if isinstance(record, LogRecord)]
    for log, pattern in zip(logs, mask([log.message for log in logs]), strict=True):
        log.pattern = pattern
