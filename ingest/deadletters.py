"""Keeps what could not be used: redacted, with its reason and place, in the batch's own transaction."""

from collections.abc import Iterable
from datetime import datetime

from ingest.models import DeadLetter
from ingest.transport.interface import Message
from search.store import moment
from telemetry.records import Rejected

PAYLOAD_LIMIT = 100_000  # characters of a payload that are kept


def bury(rejected: Iterable[tuple[Message, Rejected]], now: datetime) -> None:
    """``payload`` and ``error`` are redacted already. NUL can't be stored everywhere, so it is shown as its symbol."""
    DeadLetter.objects.bulk_create(
        DeadLetter(
            id=f"{message.topic}-{message.partition}-{message.offset}-{reject.index}",
            reason=reject.reason,
            error=reject.error.replace("\0", "␀"),
            payload=reject.payload[:PAYLOAD_LIMIT].replace("\0", "␀"),
            service=message.headers.get("service", ""),
            received_at=moment(message.received_at),
            created_at=now,
        )
        for message, reject in rejected
    )
