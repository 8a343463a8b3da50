"""A query's leaves as Elasticsearch's queries over the fields of search/documents.py. Pure.

Regular expressions are of another kind there, and a text is only there as its tokens: those leaves are possible.
"""

from collections.abc import Sequence
from typing import Any

from elasticsearch.dsl import Q

from query.ast import Equals, Exists, Leaf, Range, Regex, Wildcard, Words
from query.fields import DYNAMIC, Field
from query.match import as_number
from query.text import tokens, word_char
from query.witness import mandatory
from search import terms
from search.backends.bounds import Bounds, exactly
from search.backends.wildcards import UNSURE, rebuilt, truths
from telemetry.times import rfc3339

Query = Any  # of elasticsearch.dsl
EVERYTHING, NOTHING = Q("match_all"), Q("match_none")
LAST = 2**63 - 1  # nanoseconds that a time can have there; its first is 1970


def all_of(parts: Sequence[Query]) -> Query:
    return Q("bool", filter=list(parts))


def any_of(parts: Sequence[Query]) -> Query:
    return Q("bool", should=list(parts), minimum_should_match=1) if parts else NOTHING


def negated(part: Query) -> Query:
    return Q("bool", must_not=[part])


def leaf(node: Leaf, field: Field) -> Bounds[Query]:
    if field.kind == DYNAMIC:
        return attribute(node)
    if isinstance(node, Range):
        return exactly(in_range(node, field))
    if isinstance(node, Words):
        return exactly(words(node))
    if isinstance(node, Equals):
        return exactly(Q("term", **{field.name: node.value}))
    if isinstance(node, Exists):
        return exactly(there(field))
    if isinstance(node, Regex):
        return Bounds(NOTHING, all_of([written(field), has(field, mandatory(node.pattern))]))
    name, pattern = (
        (f"{field.name}_tokens", node.pattern.lower()) if field.kind == "text" else (field.name, node.pattern)
    )
    return exactly(Q("wildcard", **{name: {"value": rebuilt(pattern, quoted)}}))


def words(node: Words) -> Query:
    indexed = [terms.word_term(word) for word in node.words]
    if len(indexed) == 1:
        return Q("term", **{f"{node.field}_tokens": indexed[0]})
    return Q("match_phrase", **{f"{node.field}_tokens": " ".join(indexed)})


def there(field: Field) -> Query:
    if field.kind == "text":
        return Q("term", present=field.name)
    empty = [Q("term", **{field.name: ""})] if field.kind in ("keyword", "enum") else []
    return Q("bool", filter=[Q("exists", field=field.name)], must_not=empty)


def written(field: Field) -> Query:
    """A text is always there; a keyword may be absent."""
    return EVERYTHING if field.kind == "text" else Q("exists", field=field.name)


def has(field: Field, piece: str) -> Query:
    """Holds wherever the lower-cased value has this run of characters."""
    if field.kind == "text":
        words = tokens("".join(char if word_char(char) and char.isascii() else " " for char in piece))
        name, piece = f"{field.name}_tokens", max(words, key=len, default="")
    else:
        name = field.name
    pattern = "".join("?" if char in UNSURE or not char.isascii() else quoted(char) for char in piece.lower())
    if not pattern.strip("?"):
        return EVERYTHING
    return Q("wildcard", **{name: {"value": f"*{pattern}*", "case_insensitive": True}})


def in_range(node: Range, field: Field) -> Query:
    low, high = node.low, node.high
    if field.kind == "time":
        if (low is not None and low > LAST) or (high is not None and high < 0):
            return NOTHING
        low = rfc3339(int(low)) if low is not None and low >= 0 else None  # type: ignore[assignment]
        high = rfc3339(int(high)) if high is not None and high <= LAST else None  # type: ignore[assignment]
    limits = {"gte" if node.with_low else "gt": low, "lte" if node.with_high else "lt": high}
    limits = {name: bound for name, bound in limits.items() if bound is not None}
    return Q("range", **{field.name: limits}) if limits else Q("exists", field=field.name)


def attribute(node: Leaf) -> Bounds[Query]:
    path = terms.name(node.field.split(".", 1)[1])
    if isinstance(node, Exists):
        return exactly(term(f"{terms.PRESENT}{path}"))
    if isinstance(node, Range):
        return exactly(numbers(path, node))
    if isinstance(node, Equals):
        return exactly(any_of(list(equal(path, node.value))))
    if isinstance(node, Wildcard):
        return exactly(any_of(list(meeting(path, node.pattern))))
    return Bounds(NOTHING, any_of([term(f"{terms.PRESENT}{path}"), term(f"{terms.TEXT}{path}=")]))


def term(text: str) -> Query:
    return Q("term", attr_terms=terms.fitting(text))


def equal(path: str, value: str) -> Any:
    yield term(f"{terms.TEXT}{path}={value}")
    if (number := as_number(value)) is not None:
        yield term(f"{terms.NUMBER}{path}={terms.ordered(number)}")
    if value.lower() in ("true", "false"):
        yield term(f"{terms.TRUTH}{path}={value.lower()}")


def meeting(path: str, pattern: str) -> Any:
    for kind in (terms.TEXT, terms.SHOWN):
        yield Q("wildcard", attr_terms={"value": f"{kind}{quoted(path)}={rebuilt(pattern, quoted)}"})
    for truth in truths(pattern):
        yield term(f"{terms.TRUTH}{path}={truth}")


def numbers(path: str, node: Range) -> Query:
    start = f"{terms.NUMBER}{path}="
    low = {"gt": start} if node.low is None else {"gte" if node.with_low else "gt": start + terms.ordered(node.low)}
    high = (
        {"lt": f"{start}g"}  # behind all hexadecimal digits
        if node.high is None
        else {"lte" if node.with_high else "lt": start + terms.ordered(node.high)}
    )
    return Q("range", attr_terms=low | high)


def quoted(text: str) -> str:
    return "".join(f"\\{char}" if char in "*?\\" else char for char in text)
