"""What every database can keep: NUL, which Postgres refuses in text and in JSON, becomes its symbol ␀."""

from typing import Any

NUL, SHOWN = "\0", "␀"


def storable(value: Any) -> Any:
    """The same value without NUL, at any depth."""
    if isinstance(value, str):
        return value.replace(NUL, SHOWN)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, tuple):
        return tuple(storable(item) for item in value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value
