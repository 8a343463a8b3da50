"""Takes secrets out of records, in place: by the key they stand under, or by what they look like.

What is replaced becomes ``[REDACTED:kind]``; everything else stays as it is. All patterns take time linear in the
text: no sender may stop the worker with one long line.
"""

from ingest.redact.keys import key_kind
from ingest.redact.payload import redact_item, redact_payload
from ingest.redact.records import redact, redact_record, suspects
from ingest.redact.text import redact_text
from ingest.redact.values import redact_value

__all__ = [
    "key_kind",
    "redact",
    "redact_item",
    "redact_payload",
    "redact_record",
    "redact_text",
    "redact_value",
    "suspects",
]
