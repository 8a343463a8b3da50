"""What a ticket says, to the letter, at either kind of site; and that nothing in a log can be more than text there."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from integrations.jira import adf, text, wiki
from integrations.jira.text import Bullets, Code, Line, Link, Paragraph

GOLDEN = Path(__file__).parent / "golden"
SITE = "https://stacklens.example.com"
EVENT = {
    "id": "6f1d7c1e-6a0e-5e3f-9d0b-0a6f5d3c2b11",
    "issue_code": "PRICE_MISSING",
    "severity": "error",
    "message": "Product price is null or missing",
    "suggested_fix": "Load the prices again",
    "related_trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "status": "open",
    "service": "checkout",
    "rule": "price-missing",
    "group": {"service": "checkout", "region": "eu"},
    "count": 1234,
    "first_seen": "2026-03-01T12:00:07.120Z",
    "last_seen": "2026-03-01T12:09:59.000Z",
    "assignee": None,
    "url": "/alerts/6f1d7c1e-6a0e-5e3f-9d0b-0a6f5d3c2b11/",
}
LINES = [
    Line("12:00:07.120", "error", "price of {sku} is null", "1.4.2", "production"),
    Line("12:00:08.001", "error", "cart *total* unknown", "1.4.2", "production"),
]
BARE = EVENT | {"related_trace_id": None, "suggested_fix": "", "group": {"service": "checkout"}}


def blocks(event=EVENT, lines=LINES):
    return text.blocks(text.DESCRIPTION, text.facts(event, lines, SITE))


def test_as_a_document_for_cloud():
    assert adf.document(blocks()) == json.loads((GOLDEN / "ticket.adf.json").read_text())


def test_as_markup_for_data_center():
    assert wiki.markup(blocks()) + "\n" == (GOLDEN / "ticket.wiki").read_text()


def test_what_is_not_known_leaves_no_empty_line_and_no_bare_heading():
    said = wiki.markup(blocks(BARE, []))
    for absent in ("Version", "Evidence", "fixes it", "trace", "noformat"):
        assert absent not in said


@pytest.mark.parametrize(
    ("message", "markup"),
    [
        ("{code}rm{code}", r"\{code\}rm\{code\}"),
        ("[click|http://evil]", r"\[click\|http://evil\]"),
        ("!http://evil/x.png!", r"\!http://evil/x.png\!"),
        ("[~admin] *bold* _it_", r"\[\~admin\] \*bold\* \_it\_"),
        ("h1. Big", "h1&#46; Big"),
        ("a\\b", r"a\\b"),
    ],
)
def test_markup_in_a_message_is_only_text(message, markup):
    assert wiki.markup([Paragraph([message])]) == markup


def test_nothing_in_a_log_ends_its_block():
    said = wiki.markup([Code("before {noformat} *after*")])
    assert said.count("{noformat}") == 2
    assert wiki.markup([Bullets([[Link("x", "https://a/?q=a b|c]d")]])]) == "* [x|https://a/?q=a%20b%7Cc%5Dd]"


def test_a_summary_is_one_line_and_not_too_long():
    long = EVENT | {"message": "broken\nin\ttwo " + "x" * 400}
    said = text.summary(text.SUMMARY, text.facts(long, [], SITE))
    assert (len(said), said[-1], "\n" in said) == (255, "…", False)
    assert said.startswith("PRICE_MISSING checkout: broken in two xxx")


@pytest.mark.parametrize("message", ["", "\x00\x1b[31m", "x" * 100_000, "{{ evidence }}", "😀 ünï"])
def test_whatever_a_message_holds_the_document_is_one(message):
    said = adf.document(blocks(EVENT | {"message": message}, [Line("", "error", message)] * 50))
    jsonschema_rs.validate(SCHEMA, said)
    assert len(json.dumps(said, ensure_ascii=False)) < 32_000


def test_what_came_as_a_document_is_read_as_text():
    mention = {"type": "mention", "attrs": {"id": "1", "text": "@Ada"}}
    parts = [{"type": "text", "text": "Look, "}, mention, {"type": "hardBreak"}, {"type": "text", "text": "done"}]
    assert adf.words({"type": "doc", "content": [{"type": "paragraph", "content": parts}]}) == "Look, @Ada\ndone\n"


# of the document format's published description, the nodes that we write
TEXT = {
    "type": "object",
    "required": ["type", "text"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "text"},
        "text": {"type": "string", "minLength": 1, "pattern": "^[^\\u0000-\\u0008]*$"},
        "marks": {"type": "array"},
    },
}


def node(kind, content, **attrs):
    shape = {"type": {"const": kind}, "content": {"type": "array", "items": content, "minItems": 1}}
    if attrs:
        shape["attrs"] = {"type": "object", "properties": attrs, "additionalProperties": False}
    return {"type": "object", "required": ["type", "content"], "properties": shape, "additionalProperties": False}


PARAGRAPH = node("paragraph", TEXT)
SCHEMA = {
    "type": "object",
    "required": ["type", "version", "content"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "doc"},
        "version": {"const": 1},
        "content": {
            "type": "array",
            "items": {
                "anyOf": [
                    PARAGRAPH,
                    node("heading", TEXT, level={"enum": [1, 2, 3, 4, 5, 6]}),
                    node("codeBlock", TEXT, language={"type": "string"}),
                    node("bulletList", node("listItem", PARAGRAPH)),
                ]
            },
        },
    },
}
