"""What an issue is created with: our own fields, and the project's in the shapes that createmeta asks for. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.destinations.kind import Permanent, Settings
from integrations.jira import adf, text, wiki
from integrations.jira.text import Block, Inline, Paragraph

Meta = Mapping[str, Mapping[str, Any]]  # by id of the field, as createmeta describes it

COMMON_LABEL = "stacklens"  # on all of them
OURS = frozenset({"project", "issuetype", "summary", "description", "labels", "reporter"})
BY_NAME = ("priority", "version", "component", "group", "resolution", "securitylevel", "issuetype", "project")


def body(blocks: Sequence[Block], cloud: bool) -> Any:
    return adf.document(blocks) if cloud else wiki.markup(blocks)


def description(settings: Settings, known: Mapping[str, Inline]) -> Any:
    template = settings.get("description") or text.DESCRIPTION
    return body(text.blocks(template, known), is_cloud(settings))


def is_cloud(settings: Settings) -> bool:
    return bool(settings.get("flavour", "cloud") == "cloud")


def of_issue(settings: Settings, known: Mapping[str, Inline], severity: str, label: str, meta: Meta) -> dict[str, Any]:
    """Raises Permanent, naming the field that can't be filled."""
    fields: dict[str, Any] = {
        "project": {"key": settings["project"]},
        "issuetype": {"name": settings.get("issue_type") or "Bug"},
        "summary": text.summary(settings.get("summary") or text.SUMMARY, known),
        "description": description(settings, known),
        "labels": [COMMON_LABEL, label, *settings.get("labels", ())],
    }
    if priority := (settings.get("priorities") or {}).get(severity):
        fields["priority"] = {"name": priority}
    if components := settings.get("components"):
        fields["components"] = [{"name": name} for name in components]
    return fields | custom(settings, known, meta)


def custom(settings: Settings, known: Mapping[str, Inline], meta: Meta) -> dict[str, Any]:
    found = {}
    for name, template in (settings.get("fields") or {}).items():
        id = next((id for id, one in meta.items() if name in (id, one.get("name"))), None)
        if id is None:
            raise Permanent(f"field {name}: there is none of that name for this project and issue type")
        if words := text.filled_flat(str(template), known).strip():
            found[id] = shaped(name, meta[id].get("schema", {}), words, is_cloud(settings))
    return found


def shaped(name: str, schema: Mapping[str, Any], words: str, cloud: bool) -> Any:
    """The words in the shape that the field's type asks for; ``Parent / Child`` where one is chosen below another."""
    kind, custom_kind = str(schema.get("type")), str(schema.get("custom", "")).rpartition(":")[2]
    if kind == "array":
        items = [one.strip() for one in words.split(",") if one.strip()]
        return [shaped(name, {"type": schema.get("items", "string")}, one, cloud) for one in items]
    if kind == "number":
        try:
            number = float(words.replace(",", ""))
        except ValueError:
            raise Permanent(f"field {name}: {words[:40]} is no number") from None
        return int(number) if number.is_integer() else number
    if kind == "option-with-child":
        parent, _, child = (part.strip() for part in words.partition("/"))
        return {"value": parent, "child": {"value": child}} if child else {"value": parent}
    if kind == "option":
        return {"value": words}
    if kind == "user":
        return {"accountId" if cloud else "name": words}
    if kind in BY_NAME:
        return {"name": words}
    if cloud and custom_kind == "textarea":
        return adf.document([Paragraph([words])])
    return words


def lacking(settings: Settings, meta: Meta) -> dict[str, Mapping[str, Any]]:
    """By name the fields that Jira wants and nothing fills."""
    filled = set(settings.get("fields") or {}) | OURS
    filled |= {
        name for name, given in (("priority", "priorities"), ("components", "components")) if settings.get(given)
    }
    return {
        str(one.get("name", id)): one
        for id, one in meta.items()
        if one.get("required") and not one.get("hasDefaultValue") and not {id, one.get("name")} & filled
    }
