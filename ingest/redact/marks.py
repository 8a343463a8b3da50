"""What stands in a secret's place: [REDACTED:kind]. Anyone can write that, so a mark only counts where it is one of
ours and nothing stands beside it; what a forged one is glued to is part of the secret.
"""

import re

from ingest.redact.keys import SECRET_WORDS

KINDS = {*SECRET_WORDS.values(), "bearer", "card", "email", "jwt", "private_key"}
MARK = re.compile(rf"\[REDACTED:(?:{'|'.join(sorted(KINDS))})\]")
MARKED = r"(?:\[REDACTED:(?:[^\s\"'\[\]]*+\])?+)"  # whatever begins like a mark


def mark(kind: str) -> str:
    return f"[REDACTED:{kind}]"


def is_mark(text: str) -> bool:
    return MARK.fullmatch(text) is not None
