"""An oracle for the query language: slow, plain, and written apart from the matcher."""

from typing import Any

import re2

from query.ast import And, Equals, Everything, Exists, Not, Or, Range, Regex, Wildcard, Words

TEXT = {"message", "pattern"}
OPTIONS = re2.Options()
OPTIONS.log_errors = False


def naive_tokens(text: str) -> list[str]:
    out, run = [], ""
    for char in text.lower() + " ":
        if char.isalnum() or char == "_":
            run += char
        elif run:
            out.append(run)
            run = ""
    return out


def flatten(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in flatten(f"{prefix}.{key}", inner)]
    if isinstance(value, list):
        return [pair for inner in value for pair in flatten(prefix, inner)]
    return [] if value is None else [(prefix, value)]


def values(record, field):
    if not field.startswith("attrs."):
        value = getattr(record, field)
        return [] if value is None else [value]
    return [value for path, value in flatten("attrs", record.attrs) if path == field]


def number(value):
    if isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return None if found != found else found


def text_of(value):
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def glob(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(glob(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and glob(pattern[1:], text[1:])


def naive(node, record):
    match node:
        case Everything():
            return True
        case And(parts):
            return all(naive(part, record) for part in parts)
        case Or(parts):
            return any(naive(part, record) for part in parts)
        case Not(part):
            return not naive(part, record)
    return any(leaf(node, value) for value in values(record, node.field))


def leaf(node, value):
    match node:
        case Words(_, words):
            found = naive_tokens(value)
            return any(tuple(found[at : at + len(words)]) == words for at in range(len(found)))
        case Equals(field, wanted):
            if not field.startswith("attrs."):
                return value == wanted
            if isinstance(value, bool):
                return text_of(value) == wanted.lower()
            same = number(value) is not None and number(value) == number(wanted)
            return same or (isinstance(value, str) and value == wanted)
        case Wildcard(field, pattern):
            if field in TEXT:
                return any(glob(pattern.lower(), token) for token in naive_tokens(value))
            return glob(pattern, text_of(value))
        case Regex(_, pattern):
            return re2.search(pattern, text_of(value), OPTIONS) is not None
        case Range(_, low, high, with_low, with_high):
            at = number(value)
            if at is None:
                return False
            above = low is None or at > low or (with_low and at == low)
            return above and (high is None or at < high or (with_high and at == high))
        case Exists():
            return value != ""
    raise AssertionError(node)
