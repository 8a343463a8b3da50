"""How records are shown in pages."""

import json
import re
from typing import Any

from django import template

from search.record import cell as cell_of
from search.search import moment

register = template.Library()
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # they change the order in which text is shown


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
    return DIRECTION.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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
