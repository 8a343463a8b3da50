"""The fields that a project can be given besides ours, with what each takes: as createmeta describes them."""

from collections.abc import Mapping
from typing import Any

from integrations.destinations.kind import Offer, Settings
from integrations.jira.client import Client
from integrations.jira.fields import OURS

ELSEWHERE = frozenset({"priority", "components", "attachment", "issuelinks", "parent"})  # or not ours to fill
SHOWN = 10  # values of a list


def offers(client: Client, settings: Settings) -> list[Offer]:
    """Those that are required first."""
    meta = client.meta(str(settings.get("issue_type") or "Bug"))
    found = [
        Offer(str(one.get("name", id)), needed(one), described(one), example(one))
        for id, one in meta.items()
        if id not in OURS | ELSEWHERE
    ]
    return sorted(found, key=lambda one: (not one.required, one.name))


def needed(field: Mapping[str, Any]) -> bool:
    return bool(field.get("required")) and not field.get("hasDefaultValue")


def described(field: Mapping[str, Any]) -> str:
    """What it takes, in words."""
    values = [words(one) for one in field.get("allowedValues") or ()]
    more = ", …" if len(values) > SHOWN else ""
    return f"one of {', '.join(values[:SHOWN])}{more}" if values else str(field.get("schema", {}).get("type", "text"))


def words(value: Mapping[str, Any]) -> str:
    below = [words(one) for one in value.get("children") or ()]
    name = str(value.get("value") or value.get("name"))
    return f"{name} ({', '.join(below)})" if below else name


def example(field: Mapping[str, Any]) -> str:
    """The first of its values."""
    first = next(iter(field.get("allowedValues") or ()), None)
    if first is None:
        return ""
    child = next(iter(first.get("children") or ()), None)
    name = str(first.get("value") or first.get("name"))
    return f"{name} / {child.get('value')}" if child else name
