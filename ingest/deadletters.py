"""Keeps what could not be used: redacted, with its reason and place, in the batch's own transaction."""

from collections.abc import Iterable

from ingest.models import DeadLetter
from ingest.transport.interface import Message
from search.store import moment
from telemetry.records import Rejected
from telemetry.storable import storable

PAYLOAD_LIMIT = 100_000  # characters of a payload that are kept


def bury(rejected: Iterable[tuple[Message, Rejected]]) -> None:
    DeadLetter.objects.bulk_create(letters(rejected))


def letters(rejected: Iterable[tuple[Message, Rejected]]) -> list[DeadLetter]:
    """``payload`` and ``error`` are redacted already."""
    return [
        DeadLetter(
            id=f"{message.place}-{reject.index}",
            reason=reject.reason,
            error=storable(reject.error),
            payload=storable(reject.payload[:PAYLOAD_LIMIT]),
            service=storable(message.headers.get("service", "")),
            received_at=moment(message.received_at),
        )
        for message, reject in rejected
    ]
