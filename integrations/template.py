"""Texts and JSON with places to be filled: ``{{ alert.service }}``. Pure: it reads what it is given and calls nothing.

A JSON template is read as JSON first and filled afterwards, so that nothing that is put in can be more than a text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

PLACE = re.compile(r"\{\{\s*([a-zA-Z_][\w-]*(?:\.[\w-]+)*)\s*\}\}")
OPEN = re.compile(r"\{\{|\}\}")
BYTE = re.compile(r" \(byte (\d+)\)")
LONGEST = 20_000  # characters of a template


class Wrong(ValueError):
    """The template can't be used; the message says where."""


def fill(text: str, facts: Mapping[str, Any], most: int = 10_000) -> str:
    """Lists and objects are put in as JSON; what there isn't is empty."""
    return PLACE.sub(lambda place: shown(find(place[1], facts))[:most], text)


def fill_json(template: Any, facts: Mapping[str, Any], most: int = 10_000) -> Any:
    """A text that is one place and nothing else becomes what is there, of whatever type."""
    if isinstance(template, str):
        whole = PLACE.fullmatch(template.strip())
        found = find(whole[1], facts) if whole else fill(template, facts, most)
        return found[:most] if isinstance(found, str) else found
    if isinstance(template, Mapping):
        return {fill(name, facts, most): fill_json(value, facts, most) for name, value in template.items()}
    if isinstance(template, list):
        return [fill_json(value, facts, most) for value in template]
    return template


def read_json(text: str) -> Any:
    """Raises Wrong."""
    if len(text) > LONGEST:
        raise Wrong(f"longer than {LONGEST} characters")
    try:
        template = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Wrong(f"{json_place(text, str(error))}{BYTE.sub('', str(error))}") from error
    for part in texts(template):
        check(part, within=text)
    return template


def check(text: str, known: frozenset[str] | None = None, within: str = "") -> None:
    """``known``: the first names that there are. ``within``: what it is a part of. Raises Wrong, with the place."""
    if len(text) > LONGEST:
        raise Wrong(f"longer than {LONGEST} characters")
    if left := OPEN.search(PLACE.sub(lambda place: " " * len(place[0]), text)):
        piece = text[left.start() : left.start() + 20].splitlines()[0]
        where = at(within or text, piece, left.start())
        raise Wrong(f"{where}no place at {piece!r}: write {{{{ name }}}}, of letters, digits and dots")
    for place in PLACE.finditer(text):
        if known is not None and place[1].split(".")[0] not in known:
            where = at(within or text, place[0], place.start())
            raise Wrong(f"{where}{place[1]!r} is not known; there are {', '.join(sorted(known))}")


def at(text: str, piece: str, start: int) -> str:
    """``line 3, column 14: ``; the piece is looked for where ``start`` isn't its place in the whole text."""
    begin = start if text.startswith(piece, start) else text.find(piece)
    if begin < 0:
        return ""
    line = text.count("\n", 0, begin) + 1
    return f"line {line}, column {begin - text.rfind(chr(10), 0, begin)}: "


def json_place(text: str, said: str) -> str:
    """Of an error that names the byte; else it is that the text ends too early."""
    found = BYTE.search(said)
    before = text.encode()[: int(found[1])].decode(errors="ignore") if found else text
    return at(before, "", len(before))


def texts(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, Mapping):
        for name, value in template.items():
            yield name
            yield from texts(value)
    elif isinstance(template, list):
        for value in template:
            yield from texts(value)


def find(path: str, facts: Mapping[str, Any]) -> Any:
    found: Any = facts
    for name in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdigit():
            found = found[int(name)] if int(name) < len(found) else None
        else:
            return None
    return found


def shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
