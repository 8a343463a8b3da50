"""The part of JQL that is asked for: clauses joined by AND, and an order."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

WORD = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|issue\.property\[[^\]]+\][\w.]*|[^\s()=!<>~,]+|!=|>=|<=|[=<>~(),]"
FIELDS = {"project", "labels", "key", "issuekey", "status", "statuscategory", "updated", "created"}
UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


class BadJql(Exception):
    pass


class Clause(NamedTuple):
    field: str
    operator: str
    values: list[str]


class Asked(NamedTuple):
    clauses: list[Clause]
    order: str
    descending: bool


def parse(text: str) -> Asked:
    body, _, order = re.split(r"(?i)(\border\s+by\b)", text + " ORDER BY ", maxsplit=1)
    words = re.findall(WORD, body)
    clauses = []
    while words:
        clauses.append(clause(words))
        if words and words.pop(0).lower() != "and":
            raise BadJql(f"Error in the JQL Query: expecting 'AND' in '{text}'.")
    by = [word for word in re.findall(r"\w+", order) if word.upper() not in ("ORDER", "BY")] or ["created", "DESC"]
    return Asked(clauses, by[0].lower(), by[-1].upper() == "DESC")


def clause(words: list[str]) -> Clause:
    try:
        field, operator = words.pop(0), words.pop(0).lower()
        if field.lower() not in FIELDS and not field.startswith("issue.property["):
            raise BadJql(f"Field '{field}' does not exist or you do not have permission to view it.")
        if operator == "not":
            operator = f"not {words.pop(0).lower()}"
        if operator.endswith("in"):
            words.pop(0)
            end = words.index(")")
            values = [plain(word) for word in words[:end] if word != ","]
            del words[: end + 1]
            return Clause(field, operator, values)
        return Clause(field, operator, [plain(words.pop(0))])
    except (IndexError, ValueError) as error:
        raise BadJql("Error in the JQL Query: it ends too early.") from error


def plain(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word[0] in "\"'" else word


def holds(clause: Clause, issue: dict[str, Any]) -> bool:
    field, operator, values = clause.field.lower(), clause.operator, clause.values
    if field in ("updated", "created"):
        return compared(issue[field], operator, moment(values[0]))
    if field in ("key", "issuekey") and operator in ("<", "<=", ">", ">="):
        return compared(number(issue["key"]), operator, number(values[0]))
    found = {one.casefold() for one in of(clause.field, issue)}
    among = bool(found & {value.casefold() for value in values})
    if operator in ("=", "in", "~"):
        return among
    if operator in ("!=", "not in"):
        return bool(found) and not among  # as in Jira: what is empty is never unequal
    raise BadJql(f"The operator '{operator}' is not supported by the '{clause.field}' field.")


def of(field: str, issue: dict[str, Any]) -> list[str]:
    if field.startswith("issue.property["):
        name, _, path = field.removeprefix("issue.property[").partition("]")
        value: Any = issue["properties"].get(name)
        for part in filter(None, path.split(".")):
            value = value.get(part) if isinstance(value, dict) else None
        return [] if value is None else [str(value)]
    name = field.lower()
    if name == "labels":
        return list(issue["labels"])
    return [str(issue["key" if name == "issuekey" else name])]


def compared(mine: float, operator: str, theirs: float) -> bool:
    tests: dict[str, Callable[[float, float], bool]] = {
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        "<": lambda a, b: a < b,
        "=": lambda a, b: a == b,
    }
    if operator not in tests:
        raise BadJql(f"The operator '{operator}' is not supported here.")
    return tests[operator](mine, theirs)


def moment(text: str) -> float:
    """``-5m``, or a date and a time to the minute: JQL knows no seconds."""
    if found := re.fullmatch(r"([+-]?)(\d+)([mhdw])", text):
        sign, amount, unit = found.groups()
        return time.time() + (1 if sign == "+" else -1) * int(amount) * UNITS[unit]
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise BadJql(f"Date value '{text}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', '-5d'.") from error


def number(key: str) -> int:
    return int(key.rpartition("-")[2])
