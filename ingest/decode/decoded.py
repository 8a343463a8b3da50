"""What a message is decoded to."""

from collections.abc import Callable
from typing import Any

import msgspec

from ingest.redact import redact_item
from ingest.validate import Invalid
from telemetry.records import Record, Rejected

SHOWN = 1_000  # refused records of a message whose content is kept: it costs more than reading them


class Malformed(ValueError):
    """The message as a whole can't be read; the text says where it fails."""


class Decoded(msgspec.Struct):
    """``indexes[i]`` is the place within the message of ``records[i]``; the refused ones have theirs."""

    records: list[Record] = msgspec.field(default_factory=list)
    indexes: list[int] = msgspec.field(default_factory=list)
    rejected: list[Rejected] = msgspec.field(default_factory=list)

    @property
    def size(self) -> int:
        """How many were taken or refused: the place of the next."""
        return len(self.records) + len(self.rejected)

    def refuse(self, index: int, error: Exception, service: Any, show: Callable[..., Any], *of: Any) -> None:
        """``show(*of)`` gives the record as a JSON value; ``service`` is whatever it says of its sender."""
        payload = ""
        if len(self.rejected) < SHOWN:
            try:
                payload = redact_item(show(*of))
            except Exception as unshown:  # refused, perhaps, for what keeps it from being shown
                payload = f"<can't be shown: {type(unshown).__name__}>"
        sender = service if isinstance(service, str) else ""
        self.rejected.append(
            Rejected(index=index, reason=reason_of(error), error=words_of(error), payload=payload, service=sender)
        )


def reason_of(error: Exception) -> str:
    if isinstance(error, Invalid):
        return error.reason
    return "too_deep" if isinstance(error, RecursionError) else "internal"


def words_of(error: Exception) -> str:
    if isinstance(error, Invalid):
        return str(error)
    if isinstance(error, RecursionError):
        return "values are nested too deeply"
    return f"{type(error).__name__} in our own code"
