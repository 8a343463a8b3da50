"""What a ticket says, made of an alert: pure. A template's lines become blocks; adf.py and wiki.py write them down.

A template is lines of text: ``## `` begins a heading, ``- `` an item of a list, an empty line ends a paragraph, and
``{{ name }}`` stands for a fact (FACTS). A line whose facts are all empty is left out, so is a heading above nothing.
``{{ evidence }}`` on a line of its own is the block of log lines.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from integrations.template import PLACE

SUMMARY_MOST = 255
FACT_MOST = 2000
LINES_MOST, LINE_MOST = 10, 500
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")

EVIDENCE = re.compile(r"\{\{\s*evidence\s*\}\}")

SUMMARY = "{{ issue_code }} {{ service }}: {{ message }}"
DESCRIPTION = """\
{{ message }}

## When
- Since {{ first_seen }}, last {{ last_seen }}
- {{ count }} times

## Where
- Service: {{ service }}
- Version: {{ version }}
- Environment: {{ environment }}
- {{ group }}

## What probably fixes it
{{ suggested_fix }}

## Evidence
{{ evidence }}

## Look closer
- {{ alert }}
- {{ search }}
- {{ trace }}

Written by StackLens for the rule {{ rule }}; the description is refreshed while it fires.
"""
FACTS = {
    "issue_code": "the code of the issue",
    "severity": "error, warn or info",
    "message": "what is wrong",
    "suggested_fix": "what probably fixes it",
    "service": "the service",
    "version": "the service's version, as the evidence says",
    "environment": "where it runs, as the evidence says",
    "group": "what else the alert is grouped by",
    "count": "how often",
    "first_seen": "since when",
    "last_seen": "when last",
    "status": "the alert's status",
    "assignee": "who is on it",
    "rule": "the rule",
    "evidence": "the log lines that fired it",
    "alert": "a link to the alert",
    "search": "a link to its logs",
    "trace": "a link to its trace",
}


class Line(NamedTuple):
    """A record that fired the rule, redacted as it is stored."""

    at: str
    level: str
    message: str
    version: str = ""
    environment: str = ""


class Link(NamedTuple):
    words: str
    url: str


Inline = str | Link


class Heading(NamedTuple):
    words: str


class Paragraph(NamedTuple):
    parts: Sequence[Inline]


class Bullets(NamedTuple):
    items: Sequence[Sequence[Inline]]


class Code(NamedTuple):
    text: str


Block = Heading | Paragraph | Bullets | Code


def facts(event: Mapping[str, Any], lines: Sequence[Line], site: str) -> dict[str, Inline]:
    """By name, as templates use them. ``event``: alerts.event.alert_event."""
    group = {name: value for name, value in event.get("group", {}).items() if name != "service"}
    trace = event.get("related_trace_id")
    found: dict[str, Inline] = {
        name: plain(event.get(name)) for name in ("issue_code", "severity", "message", "suggested_fix", "service")
    }
    return found | {
        "version": ", ".join(sorted({line.version for line in lines if line.version})),
        "environment": ", ".join(sorted({line.environment for line in lines if line.environment})),
        "group": ", ".join(f"{plain(name)}: {plain(value)}" for name, value in group.items()),
        "count": f"{event.get('count', 0):,}",
        "first_seen": moment(event.get("first_seen")),
        "last_seen": moment(event.get("last_seen")),
        "status": plain(event.get("status")),
        "assignee": plain(event.get("assignee")),
        "rule": plain(event.get("rule")),
        "evidence": "\n".join(shown(line) for line in lines[:LINES_MOST]),
        "alert": Link("The alert in StackLens", f"{site}{event.get('url', '')}"),
        "search": Link("Its logs", f"{site}/search/?q={quote(query(event))}"),
        "trace": Link("Its trace", f"{site}/traces/{quote(str(trace), safe='')}/") if trace else "",
    }


def query(event: Mapping[str, Any]) -> str:
    """What finds the logs of its service."""
    service = re.sub(r'([\\"])', r"\\\1", str(event.get("service") or ""))
    return f'service:"{service}"' if service else "level:error"


def summary(template: str, known: Mapping[str, Inline]) -> str:
    """One line; an ellipsis where it would be too long."""
    text = " ".join(filled_flat(template, known).split())
    return text if len(text) <= SUMMARY_MOST else text[: SUMMARY_MOST - 1] + "…"


def blocks(template: str, known: Mapping[str, Inline]) -> list[Block]:
    return list(without_bare_headings(list(put_together(template, known))))


def put_together(template: str, known: Mapping[str, Inline]) -> Iterator[Block]:
    items: list[Sequence[Inline]] = []
    for line in [*template.splitlines(), ""]:
        parts = filled(line.removeprefix("## ").removeprefix("- "), known)
        if line.startswith("- "):
            if parts:
                items.append(parts)
            continue
        if items:
            yield Bullets(items)
            items = []
        if not parts:
            continue
        if line.startswith("## "):
            yield Heading(flat(parts))
        elif EVIDENCE.fullmatch(line.strip()):
            yield Code(flat(parts))
        else:
            yield Paragraph(parts)


def without_bare_headings(found: Sequence[Block]) -> Iterator[Block]:
    for block, after in zip(found, [*found[1:], None], strict=True):
        if not isinstance(block, Heading) or not (after is None or isinstance(after, Heading)):
            yield block


def filled(line: str, known: Mapping[str, Inline]) -> list[Inline]:
    """Its parts, or none if it has facts and all of them are empty."""
    names = [name for name in PLACE.findall(line) if name in known]
    if not line.strip() or (names and not any(known[name] for name in names)):
        return []
    parts: list[Inline] = []
    for place, text in enumerate(PLACE.split(line)):
        part = text if place % 2 == 0 else known.get(text, "")
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part:
            parts.append(part)
    return parts


def filled_flat(template: str, known: Mapping[str, Inline]) -> str:
    return flat(part for line in template.splitlines() for part in (*filled(line, known), " "))


def flat(parts: Any) -> str:
    return "".join(part if isinstance(part, str) else part.url for part in parts)


def shown(line: Line) -> str:
    text = plain(f"{line.at} {line.level} {' '.join(line.message.split())}")
    return text if len(text) <= LINE_MOST else text[: LINE_MOST - 1] + "…"


def plain(value: Any) -> str:
    """Text without what has no business in it, and not without end."""
    text = CONTROL.sub(" ", str(value if value is not None else ""))
    return text if len(text) <= FACT_MOST else text[: FACT_MOST - 1] + "…"


def moment(iso: Any) -> str:
    """``2026-03-01T12:00:07.120Z`` as ``2026-03-01 12:00:07 UTC``."""
    return f"{str(iso)[:10]} {str(iso)[11:19]} UTC" if iso else ""
