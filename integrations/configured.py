"""What people set for a destination, against the fields of its kind: what is wrong, and what is kept. Pure but for the
kinds' own checks, which ask nobody."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from integrations.destinations import KINDS
from integrations.destinations.kind import Field, Kind
from telemetry.storable import storable

LONGEST = 20_000  # characters of one text
TEXTS = ("text", "url", "secret", "choice", "template")


def plain(kind: Kind) -> list[Field]:
    return [field for field in kind.fields if field.type != "secret"]


def secret(kind: Kind) -> list[Field]:
    return [field for field in kind.fields if field.type == "secret"]


def filled(kind: Kind, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that may be shown, with defaults where nothing was given."""
    return {field.name: storable(settings.get(field.name, empty(field))) for field in plain(kind)}


def empty(field: Field) -> Any:
    if field.default is not None:
        return field.default
    return {"flag": False, "lines": [], "map": {}, "number": None}.get(field.type, "")


def wrong(kind_name: str, settings: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, str]:
    """By name of field; ``secrets``: those that will be set, unsealed."""
    kind = KINDS.get(kind_name)
    if kind is None:
        return {"kind": f"no kind {kind_name!r}; known: {', '.join(KINDS) or 'none'}"}
    found = {name: "no such field" for name in settings if name not in {field.name for field in plain(kind)}}
    found |= {name: "no such secret" for name in secrets if name not in {field.name for field in secret(kind)}}
    given = {**filled(kind, settings), **secrets}
    for field in kind.fields:
        value = given.get(field.name)
        if value in (None, "", [], {}):
            if field.required:
                found.setdefault(field.name, "must be set")
        elif said := of_wrong_type(field, value):
            found.setdefault(field.name, said)
    return found or dict(kind.check(given))


def elsewhere(kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether calls would go to another machine than those before."""
    addresses = [field.name for field in kind.fields if field.type == "url"]
    return any(origin(filled(kind, before)[name]) != origin(filled(kind, after)[name]) for name in addresses)


def origin(url: Any) -> tuple[str, str]:
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return "", str(url)
    return parts.scheme, parts.netloc.lower()


def out_of_place(
    kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any], kept: Iterable[str]
) -> dict[str, str]:
    """``kept`` secrets go to no other machine than they were entered for: whoever changes that must know them."""
    return (
        dict.fromkeys(kept, "must be entered again, as the address has changed")
        if elsewhere(kind, before, after)
        else {}
    )


def of_wrong_type(field: Field, value: Any) -> str:
    if field.type in TEXTS:
        if not isinstance(value, str) or len(value) > LONGEST:
            return f"must be a text of at most {LONGEST:,} characters"
        known = [str(choice) for choice in field.choices]
        return f"must be one of {', '.join(known)}" if known and value not in known else ""
    if field.type == "number":
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else "must be a number"
    if field.type == "flag":
        return "" if isinstance(value, bool) else "must be true or false"
    if field.type == "lines":
        texts = isinstance(value, list) and all(isinstance(line, str) for line in value)
        return "" if texts else "must be a list of texts"
    return "" if isinstance(value, dict) else "must be names with their values"
