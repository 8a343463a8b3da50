"""Dead letters, tried again: with nothing written, or put back into the transport.

Only the redacted payload was kept, so that is what is tried. The message names its letter; what the worker makes of it
has the letter's id, and the letter is settled in the transaction that stores it. However often a letter is requeued,
and wherever a crash falls, it adds its record once.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from ingest import pipeline
from ingest.decode import OTLP_KEYS
from ingest.models import DeadLetter
from ingest.ruleset import known_issues
from ingest.transport import producer
from ingest.transport.interface import Message, TransportFull

SENDERS_SHOWN = 500
PORTION = 1_000  # letters that are requeued at once
DURABLE_SECONDS = 25.0
ENVELOPES = {
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
}
OTLP_NAMES = {"exponential_histogram": "exponentialHistogram"}


class NotRequeued(Exception):
    """Why a letter can't be."""


class Requeued(NamedTuple):
    """How many went into the transport, and how many were passed over, by why."""

    requeued: int
    passed_over: dict[str, int]


def message_of(letter: DeadLetter, payload: str | None = None) -> Message:
    """What is put into the transport; ``payload`` instead of the letter's own. Raises NotRequeued."""
    if letter.settled_at:
        raise NotRequeued("it is settled: its record is stored")
    topic = letter.id.rsplit("-", 3)[0]
    if topic not in settings.TOPIC_SIGNALS:
        raise NotRequeued("its record is stored already; only the search index refused it")
    text = letter.payload if payload is None else payload
    plain = letter.headers.get("encoding") == "log"
    value = text.encode() if plain else enveloped(text, settings.TOPIC_SIGNALS[topic], letter.service)
    headers = letter.headers | {"encoding": "log" if plain else "json", "letter": letter.id}
    return Message(topic, 0, 0, value, int(timezone.now().timestamp() * 1e9), headers)


def enveloped(text: str, signal: str, service: str) -> bytes:
    """An OTLP request, or one record of it in a request of its own."""
    data = text.encode()
    try:
        record = msgspec.json.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return data
    if not isinstance(record, dict) or any(key.strip(b'"').decode() in record for key in OTLP_KEYS):
        return data
    outer, middle, inner = ENVELOPES[signal]
    record = {OTLP_NAMES.get(name, name): value for name, value in record.items()}
    sender = [{"key": "service.name", "value": {"stringValue": service}}] if service else []
    return msgspec.json.encode({outer: [{"resource": {"attributes": sender}, middle: [{inner: [record]}]}]})


def attempt(letter: DeadLetter, payload: str | None = None) -> pipeline.Batch:
    """What today's code makes of it. Nothing is written. Raises NotRequeued."""
    return pipeline.process([message_of(letter, payload)], settings.TOPIC_SIGNALS, known_issues())


def sums() -> Any:
    """Letters that are not settled, by reason and sender, the most first."""
    counted = DeadLetter.objects.filter(settled_at=None).values("reason", "service")
    return counted.annotate(count=Count("id"), first=Min("created_at"), last=Max("created_at")).order_by(
        "-count", "reason", "service"
    )[:SENDERS_SHOWN]


def portion(rows: QuerySet[DeadLetter], after: str = "") -> tuple[list[DeadLetter], str | None]:
    """The next letters to be requeued, and after which to go on (None at the end)."""
    found = list(rows.filter(id__gt=after, settled_at=None).order_by("id")[: PORTION + 1])
    return found[:PORTION], found[PORTION - 1].id if len(found) > PORTION else None


def requeue(letters: Sequence[DeadLetter], by: str, payload: str | None = None) -> Requeued:
    """Durable in the transport when it returns. Raises TransportFull; what is in it by then does no harm."""
    messages: list[Message] = []
    passed_over: dict[str, int] = {}
    for letter in letters:
        try:
            messages.append(message_of(letter, payload))
        except NotRequeued as why:
            passed_over[str(why)] = passed_over.get(str(why), 0) + 1
    # before they are sent: the worker may be quicker than we are
    sent = [message.headers["letter"] for message in messages]
    DeadLetter.objects.filter(id__in=sent).update(requeued_at=timezone.now(), requeued_by=by)
    send(messages)
    return Requeued(len(messages), passed_over)


def send(messages: Iterable[Message]) -> None:
    door = producer()
    try:
        futures: list[Future[int]] = [door.append(each.topic, each.value, each.headers) for each in messages]
        for future in futures:
            try:
                future.result(DURABLE_SECONDS)
            except TimeoutError as error:
                raise TransportFull("the transport does not answer") from error
    finally:
        door.close()


def shown(batch: pipeline.Batch) -> dict[str, Any]:
    """The outcome of a try as JSON values."""
    return {
        "records": [msgspec.to_builtins(record) for record in batch.records],
        "rejected": [{"reason": reject.reason, "error": reject.error} for _, reject in batch.rejected],
    }
