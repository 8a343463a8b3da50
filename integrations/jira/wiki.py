"""Blocks as Jira's wiki markup, which Data Center takes: what comes from logs is escaped, and stays what it is."""

import re
from collections.abc import Sequence

from integrations.jira.text import Block, Bullets, Code, Heading, Inline, Link

SPECIAL = re.compile(r"([\\{}\[\]*_+^~|!#?]|(?<!\w)-|-(?!\w))")
# what makes a heading or a quote at the beginning of a line
BEGINS = re.compile(r"^(\s*)(h[1-6]|bq)\.", re.MULTILINE)
NOFORMAT = re.compile(r"\{(?=noformat\})", re.IGNORECASE)
# what would end the address of a link
IN_URL = {" ": "%20", "|": "%7C", "]": "%5D", "[": "%5B", "{": "%7B", "}": "%7D", "\n": "%0A"}


def markup(blocks: Sequence[Block]) -> str:
    return "\n\n".join(written(block) for block in blocks)


def written(block: Block) -> str:
    if isinstance(block, Heading):
        return f"h3. {escaped(block.words)}"
    if isinstance(block, Code):
        return "{noformat}\n" + NOFORMAT.sub("{ ", block.text) + "\n{noformat}"
    if isinstance(block, Bullets):
        return "\n".join(f"* {inline(item)}" for item in block.items)
    return inline(block.parts)


def inline(parts: Sequence[Inline]) -> str:
    return "".join(escaped(part) if isinstance(part, str) else link(part) for part in parts)


def link(to: Link) -> str:
    url = "".join(IN_URL.get(char, char) for char in to.url)
    return f"[{escaped(to.words)}|{url}]"


def escaped(text: str) -> str:
    return BEGINS.sub(r"\1\2&#46;", SPECIAL.sub(r"\\\1", text))
