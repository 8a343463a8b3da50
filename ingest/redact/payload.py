"""What can be shown of a message or record that wasn't understood."""

import re
from typing import Any

import msgspec

from ingest.redact.text import redact_text
from ingest.redact.values import redact_value

LIMIT = 20_000  # characters
SPARE = 4_096  # looked at beyond the limit
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def redact_payload(data: bytes) -> str:
    """Of bytes that are no text, nothing: keys can't be told from values there, and so neither can secrets from the
    rest."""
    if len(data) <= LIMIT:
        try:
            return redact_item(msgspec.json.decode(data))
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"<{len(data)} bytes that are no text>"
    if CONTROL.search(text):
        return f"<{len(data)} bytes that are no text>"
    return beginning(text)


def redact_item(item: Any) -> str:
    """A JSON value as text; a short one is redacted while it still has keys to go by."""
    text = msgspec.json.encode(item).decode()
    if len(text) > LIMIT:
        return beginning(text)
    return msgspec.json.encode(redact_value(item)).decode()[:LIMIT]


def beginning(text: str) -> str:
    """Half a secret can't be told from other text: what stands before the cut is dropped."""
    if len(text) <= LIMIT + SPARE:
        return redact_text(text)[:LIMIT]
    return redact_text(text[: LIMIT + SPARE])[:-SPARE][:LIMIT]
