"""A query narrowed by a click: the text that a person would have typed. Pure."""

import re

from query.complete import named, written


def clause(field: str, value: str, out: bool = False) -> str:
    """``out``: without the records that have this value."""
    value = written(value)
    name = named(field)
    return f"NOT {name}:{value}" if out else f"{name}:{value}"


def toggled(query: str, field: str, value: str, out: bool = False) -> str:
    """The query with the clause; without it where it was there; turned round where its opposite was."""
    query, wanted, opposite = query.strip(), clause(field, value, out), clause(field, value, not out)
    for present, instead in ((wanted, ""), (opposite, wanted)):
        if (at := place(query, present)) is not None:
            return replaced(query, at, len(present), instead)
    if not query or query == "*":
        return wanted
    return f"({query}) AND {wanted}" if re.search(r"\bOR\b", query) else f"{query} AND {wanted}"


def place(query: str, part: str) -> int | None:
    """Where the part stands as one of the conditions that all have to hold."""
    found = re.search(rf"(?:^| AND ){re.escape(part)}(?=$| AND )", query)
    return found.end() - len(part) if found else None


def replaced(query: str, at: int, length: int, instead: str) -> str:
    before, after = query[:at], query[at + length :]
    if instead:
        return before + instead + after
    return (before.removesuffix(" AND ") + after) if before else after.removeprefix(" AND ")
