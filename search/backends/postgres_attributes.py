"""Conditions on attributes in Postgres: a plain value under the whole path is decided by SQL, the rest is possible.

A path may be a key with dots, or lead through nested values and lists; only the former is looked at here.
"""

import re2

from query.ast import Equals, Exists, Leaf, Range, Regex, Wildcard
from query.match import as_number
from query.parse import QUIET
from query.witness import mandatory
from search.backends.bounds import Bounds, exactly
from search.backends.sql import FALSE, TRUE, Sql, all_of, any_of, comparisons, negated
from search.backends.wildcards import contains, like, truths

PLAIN = r"^-?[0-9]{1,15}([.][0-9]{1,15})?$"  # float8 and Python read these alike
WHOLE = r"^-?[0-9]{1,15}$"  # and these have one spelling
EXACT = 10**15
LARGE = (f"(,-{EXACT})", f"({EXACT},)")
# What float() may read beyond that has a digit, is inf, or is not ASCII
NUMBERLIKE = "([0-9]|inf|INF|Inf|[^\x01-\x7f])"


def attribute(node: Leaf) -> Bounds[Sql]:
    path = node.field.split(".", 1)[1]
    value = Sql("(attrs ->> %s)", (path,))
    text, number, truth = of_text(node, value), of_number(node, value), of_truth(node, value)
    keys = [path, *(path[:at] for at, char in enumerate(path) if char == "." and at)]
    nested = Sql("attrs ?| %s", (keys,))
    return Bounds(
        by_type(path, text.sure, number.sure, truth, FALSE),
        by_type(path, text.possible, number.possible, truth, nested),
        by_type(path, unsure(text), unsure(number), FALSE, nested),
    )


def unsure(part: Bounds[Sql]) -> Sql:
    return FALSE if part.exact else part.between


def by_type(path: str, text: Sql, number: Sql, truth: Sql, other: Sql) -> Sql:
    return Sql(
        f"CASE jsonb_typeof(attrs -> %s) WHEN 'string' THEN {text.text} WHEN 'number' THEN {number.text}"
        f" WHEN 'boolean' THEN {truth.text} ELSE {other.text} END",
        (path, *text.values, *number.values, *truth.values, *other.values),
    )


def of_text(node: Leaf, value: Sql) -> Bounds[Sql]:
    if isinstance(node, Exists):
        return exactly(compared(value, "<> ''"))
    if isinstance(node, Wildcard):
        return exactly(compared(value, "LIKE %s", like(node.pattern)))
    if isinstance(node, Regex):
        piece = contains(mandatory(node.pattern))
        return Bounds(FALSE, compared(value, 'COLLATE "C" ILIKE %s', piece) if piece else TRUE)
    numberlike = compared(value, "~ %s", NUMBERLIKE)
    if isinstance(node, Equals):
        same = compared(value, "= %s", node.value)
        if (number := as_number(node.value)) is None:
            return exactly(same)
        as_numbers = numbers(value, Range(node.field, number, number), numberlike)
        return Bounds(any_of([same, as_numbers.sure]), any_of([same, as_numbers.possible]), as_numbers.unsure)
    assert isinstance(node, Range)
    return numbers(value, node, numberlike)


def of_number(node: Leaf, value: Sql) -> Bounds[Sql]:
    if isinstance(node, Exists):
        return exactly(TRUE)
    if isinstance(node, Range):
        return plain_numbers(node)
    if isinstance(node, Equals):
        number = as_number(node.value)
        return exactly(FALSE) if number is None else plain_numbers(Range(node.field, number, number))
    if isinstance(node, Wildcard):
        return where(value, WHOLE, compared(value, "LIKE %s", like(node.pattern)), TRUE)
    return Bounds(FALSE, TRUE)


def of_truth(node: Leaf, value: Sql) -> Sql:
    if isinstance(node, Exists):
        return TRUE
    if isinstance(node, Equals):
        return compared(value, "= %s", node.value.lower())
    if isinstance(node, Wildcard):
        return compared(value, "= ANY(%s)", truths(node.pattern))
    if isinstance(node, Regex):
        search = re2.compile(node.pattern, QUIET).search
        return compared(value, "= ANY(%s)", [text for text in ("true", "false") if search(text)])
    return FALSE


def numbers(value: Sql, node: Range, otherwise: Sql) -> Bounds[Sql]:
    parts = [
        Sql(f"{value.text}::float8 {sign} %s::float8", (*value.values, bound)) for sign, bound in comparisons(node)
    ]
    return where(value, PLAIN, all_of(parts), otherwise)


def plain_numbers(node: Range) -> Bounds[Sql]:
    """Of a JSON number: up to 1e15 its digits compare as the float does that they were written from. A look into a set
    of ranges reads the number once, whatever is asked of it."""
    path = node.field.split(".", 1)[1]
    sure = within(node)

    def one_of(*ranges: str) -> Sql:
        return Sql("(attrs -> %s)::numeric <@ %s::nummultirange", (path, f"{{{','.join(filter(None, ranges))}}}"))

    return Bounds(one_of(sure), one_of(sure, *LARGE), one_of(*LARGE))


def within(node: Range) -> str:
    """As a range of Postgres, without the large numbers; empty where nothing is in it."""
    low, high = (-EXACT if node.low is None else node.low), (EXACT if node.high is None else node.high)
    with_low, with_high = node.low is None or node.with_low, node.high is None or node.with_high
    if low < -EXACT:
        low, with_low = -EXACT, True
    if high > EXACT:
        high, with_high = EXACT, True
    if low > high or (low == high and not (with_low and with_high)):
        return ""
    return f"{'(['[with_low]}{low!r},{high!r}{')]'[with_high]}"


def where(value: Sql, spelled: str, test: Sql, otherwise: Sql) -> Bounds[Sql]:
    """The test where the value is spelled so, and else what is possible."""
    first = compared(value, "~ %s", spelled)
    sure, possible = (
        Sql(
            f"CASE WHEN {first.text} THEN {test.text} ELSE {rest.text} END",
            (*first.values, *test.values, *rest.values),
        )
        for rest in (FALSE, otherwise)
    )
    return Bounds(sure, possible, all_of([negated(first), otherwise]))


def compared(value: Sql, comparison: str, *values: object) -> Sql:
    return Sql(f"{value.text} {comparison}", (*value.values, *values))
