"""Dead letters that come again as messages: which are tried, and what became of each. Pure."""

from collections.abc import Sequence

import msgspec

from ingest.transport.interface import Message
from telemetry.records import Record, Rejected

NOTHING = "there is no record in it"


class Tried(msgspec.Struct):
    """Letters by id: those of which a record was made, and why the others still can't be used."""

    settled: list[str] = msgspec.field(default_factory=list)
    failed: dict[str, Rejected] = msgspec.field(default_factory=dict)


def wanted(messages: Sequence[Message], letters: set[str]) -> Sequence[Message]:
    """Without the messages of letters that are settled, or that stand before in the same batch."""
    kept = []
    for message in messages:
        if letter := message.headers.get("letter"):
            if letter not in letters:
                continue
            letters.discard(letter)
        kept.append(message)
    return kept


def outcome(
    messages: Sequence[Message], records: Sequence[Record], rejected: list[tuple[Message, Rejected]], tried: Tried
) -> list[tuple[Message, Rejected]]:
    """Notes in ``tried`` what became of each letter; gives what is to be buried. A letter of which no record was made
    stays what it is, with the new reason; of one that held several, those that fail are letters of their own."""
    letters = [letter for message in messages if (letter := message.headers.get("letter"))]
    if not letters:
        return rejected
    made = {record.id for record in records} | {record.id.rpartition("-")[0] for record in records}
    settled = made.intersection(letters)
    reasons = {message.headers.get("letter", ""): reject for message, reject in reversed(rejected)}
    for letter in letters:
        if letter in settled:
            tried.settled.append(letter)
        else:
            tried.failed[letter] = reasons.get(letter) or Rejected(index=0, reason="malformed", error=NOTHING)
    return [
        (message, reject)
        for message, reject in rejected
        if (letter := message.headers.get("letter")) is None or letter in settled
    ]
