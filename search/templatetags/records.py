"""How records are shown in pages."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from django import template

from search.clauses import clause
from search.ranges import Range
from search.record import cell as cell_of
from search.search import moment

register = template.Library()
# Not seen themselves, and some of them change the order or the lines in which other characters are shown.
HIDDEN = re.compile(
    "[\x80-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)


@register.filter
def time_of(nanoseconds: int) -> Any:
    """A record's time as a datetime, for the filters that show one."""
    return moment(nanoseconds)


@register.filter
def cell(record: Any, name: str) -> str:
    return cell_of(record, name)


@register.filter
def one_line(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", " ⏎ ")


@register.filter
def as_json(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], text)


@register.filter
def percent(count: int, top: int) -> str:
    return f"{100 * count / (top or 1):.0f}"


@register.filter
def thousandths(number: float) -> str:
    """A place in a drawing; without the cost of a number's format in thousands of them."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


@register.filter
def less(whole: float, part: float) -> float:
    return whole - part


@register.filter
def plus(one: float, other: float) -> float:
    return one + other


@register.filter
def a_second(rate: float) -> str:
    """12/s; 3/min where it is less than one."""
    return f"{rate:.3g}/s" if rate >= 1 else f"{rate * 60:.3g}/min"


@register.filter
def service_query(name: str) -> str:
    return clause("service", name)


@register.filter
def in_address(range: Range) -> str:
    """The range as parameters of an address."""
    if range.name:
        return urlencode({"range": range.name})
    return urlencode({"from": range.since.isoformat(), "to": range.until.isoformat()})


@register.filter
def of_hundred(part: float) -> str:
    """4 %, 0.3 %"""
    return f"{100 * part:.{0 if part >= 0.1 else 1}f}".removesuffix(".0") + " %"
