"""Blocks as an Atlassian document (ADF), which Jira Cloud takes: text is text there and needs no escaping."""

from collections.abc import Sequence
from typing import Any

from integrations.jira.text import Block, Bullets, Code, Heading, Inline, Link


def document(blocks: Sequence[Block]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": [node(block) for block in blocks] or [paragraph(["–"])]}


def node(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"type": "heading", "attrs": {"level": 3}, "content": [text(block.words)]}
    if isinstance(block, Code):
        return {"type": "codeBlock", "attrs": {"language": "text"}, "content": [text(block.text)]}
    if isinstance(block, Bullets):
        return {
            "type": "bulletList",
            "content": [{"type": "listItem", "content": [paragraph(item)]} for item in block.items],
        }
    return paragraph(block.parts)


def paragraph(parts: Sequence[Inline]) -> dict[str, Any]:
    return {"type": "paragraph", "content": [text(part) if isinstance(part, str) else link(part) for part in parts]}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def link(to: Link) -> dict[str, Any]:
    return text(to.words) | {"marks": [{"type": "link", "attrs": {"href": to.url}}]}


def words(node: Any) -> str:
    """The text of a document that came from there."""
    if isinstance(node, str):
        return node
    if not isinstance(node, dict):
        return ""
    kind = node.get("type")
    if kind == "hardBreak":
        return "\n"
    if kind in ("mention", "emoji"):
        return str((node.get("attrs") or {}).get("text", ""))
    inner = "".join(words(one) for one in node.get("content") or ())
    own = str(node.get("text", "")) + inner
    return own + "\n" if kind in ("paragraph", "heading", "codeBlock", "listItem") and not own.endswith("\n") else own
