"""A ticket as it would be made of an alert, without asking the site: as it reads, and as it would be sent."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.template.loader import render_to_string

from integrations.destinations.kind import Pane, Settings
from integrations.jira import fields, text
from integrations.jira.text import Block, Bullets, Code, Heading, Inline, Line, Link
from integrations.jira.tickets import problem_of
from integrations.models import Ticket


def panes(settings: Settings, event: Mapping[str, Any], lines: Sequence[Line], site: str) -> list[Pane]:
    known = text.facts(event, lines, site)
    given = {**settings, "project": settings.get("project") or "…"}
    label = Ticket(problem=problem_of(settings, event)[0]).label
    # what createmeta would say of the other fields isn't asked for: their words are shown, not their shapes
    meta = {name: {"name": name, "schema": {"type": "string"}} for name in settings.get("fields") or {}}
    made = fields.of_issue(given, known, str(event["severity"]), label, meta)
    sent = msgspec.json.format(msgspec.json.encode({"fields": made}), indent=2).decode()
    return [Pane("As it reads", page(settings, known, made), "page"), Pane("As it is sent", sent, "code")]


def page(settings: Settings, known: Mapping[str, Inline], made: Mapping[str, Any]) -> str:
    facts = {
        "Project": made["project"]["key"],
        "Type": made["issuetype"]["name"],
        "Priority": made.get("priority", {}).get("name", "Jira's default"),
        "Labels": ", ".join(made["labels"]),
        "Components": ", ".join(one["name"] for one in made.get("components", ())),
        **{name: made[name] for name in settings.get("fields") or () if name in made},
    }
    blocks = text.blocks(settings.get("description") or text.DESCRIPTION, known)
    shown = {"summary": made["summary"], "facts": {name: value for name, value in facts.items() if value}}
    return render_to_string("integrations/ticket.html", shown | {"blocks": [told(block) for block in blocks]})


def told(block: Block) -> dict[str, Any]:
    """A block as the template takes it; each part is words, with an address where it is a link."""
    if isinstance(block, Heading):
        return {"kind": "heading", "words": block.words}
    if isinstance(block, Code):
        return {"kind": "code", "words": block.text}
    if isinstance(block, Bullets):
        return {"kind": "bullets", "items": [parts(item) for item in block.items]}
    return {"kind": "paragraph", "parts": parts(block.parts)}


def parts(inline: Sequence[Inline]) -> list[dict[str, str]]:
    return [
        {"words": one.words, "url": one.url} if isinstance(one, Link) else {"words": one, "url": ""} for one in inline
    ]
