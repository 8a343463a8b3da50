"""Keeps what could not be used: redacted, with its reason and place, in the batch's own transaction; and what became of
those that were tried again."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from ingest.decode import tell
from ingest.letters import Tried
from ingest.models import DeadLetter
from ingest.transport.interface import Message
from search.store import moment
from telemetry.records import Rejected
from telemetry.storable import storable

log = logging.getLogger(__name__)

PAYLOAD_LIMIT = 100_000  # characters of a payload that are kept
SERVICE_LIMIT = 200
READ_BY = ("encoding", "service", "environment")  # the headers that say how a message is read


def bury(letters: Sequence[DeadLetter]) -> None:
    DeadLetter.objects.bulk_create(letters)


def letters(rejected: Iterable[tuple[Message, Rejected]]) -> list[DeadLetter]:
    """``payload``, ``error`` and ``service`` are redacted already."""
    return [
        DeadLetter(
            id=f"{message.place}-{reject.index}",
            reason=reject.reason,
            error=storable(reject.error),
            payload=storable(reject.payload[:PAYLOAD_LIMIT]),
            service=storable(reject.service or message.headers.get("service", ""))[:SERVICE_LIMIT],
            headers=storable(how_read(message)),
            received_at=moment(message.received_at),
        )
        for message, reject in rejected
    ]


def how_read(message: Message) -> dict[str, str]:
    kept = {name: message.headers[name] for name in READ_BY if name in message.headers}
    return {"encoding": tell(message.value)} | kept


def still_dead(messages: Sequence[Message]) -> set[str]:
    """The letters among the messages of which nothing is stored yet."""
    asked = {letter for message in messages if (letter := message.headers.get("letter"))}
    if not asked:
        return set()
    known = dict(DeadLetter.objects.filter(id__in=asked).values_list("id", "settled_at"))
    for letter in sorted(asked - set(known)):
        log.warning("the message of dead letter %s is passed over: there is no such letter (any more)", letter)
    return {letter for letter, settled_at in known.items() if settled_at is None}


class SettledMeanwhile(Exception):
    """Another worker has stored what these letters become."""


def settle(tried: Tried, now: datetime) -> None:
    """In the batch's own transaction, so that one message of a letter counts. Raises SettledMeanwhile."""
    if tried.settled:
        ours = DeadLetter.objects.filter(id__in=tried.settled, settled_at=None)
        if ours.update(settled_at=now) != len(tried.settled):
            raise SettledMeanwhile("a dead letter was settled by another worker")
    for letter, reject in tried.failed.items():
        DeadLetter.objects.filter(id=letter, settled_at=None).update(
            reason=reject.reason, error=storable(reject.error), failed_at=now
        )
