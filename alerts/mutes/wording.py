"""The query that is met by one rule's alerts of one group: what "silence this" begins with."""

import re
from typing import Any

from alerts.models import Alert

SPECIAL = re.compile(r'(["\\])')
PLAIN = re.compile(r"[A-Za-z][\w-]*")


def query_of(alert: Alert) -> str:
    """``rule:price AND service:checkout AND group.host:"h 1"``. Values that a query can't name are left out."""
    parts = [term("rule", alert.rule_slug)]
    for name, value in alert.group.items():
        field = name if name == "service" else f"group.{name}"
        if value not in (None, "") and re.fullmatch(r"[\w.-]+", field):
            parts.append(term(field, value))
    return " AND ".join(parts)


def term(field: str, value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    quoted = SPECIAL.sub(r"\\\1", text)
    return (
        f"{field}:{text}"
        if PLAIN.fullmatch(text) and text.upper() not in ("AND", "OR", "NOT", "TO")
        else f'{field}:"{quoted}"'
    )
