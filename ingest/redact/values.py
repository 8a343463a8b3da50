"""JSON values with their secrets replaced, keys included, at any depth."""

from typing import Any

from ingest.redact.cards import is_card
from ingest.redact.keys import is_about, key_kind
from ingest.redact.marks import is_mark, mark
from ingest.redact.text import redact_text


def redact_value(value: Any) -> Any:
    """A copy of any JSON value with secrets replaced, keys included."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, list):
        return [redact_value(item) for item in value]
    if isinstance(value, dict):
        return redact_dict(value)
    if isinstance(value, int) and value > 10**12 and is_card(str(value)):
        return mark("card")
    return value


def redact_dict(value: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, item in value.items():
        name = redact_text(key)
        while name in made:  # two keys may become the same; neither is lost
            name += "'"
        made[name] = redact_under(key, item)
    # {"key": "password", "value": …}: an attribute of OTLP JSON, or a header
    if "value" in value and isinstance(named := value.get("key", value.get("name")), str):
        made["value"] = redact_under(named, value["value"])
    return made


def redact_under(key: str, value: Any) -> Any:
    kind = key_kind(key)
    if kind is None or value is None or is_about(key, value):
        return redact_value(value)
    return value if isinstance(value, str) and is_mark(value) else mark(kind)
