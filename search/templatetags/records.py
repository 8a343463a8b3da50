"""How records are shown in pages."""

import json
from typing import Any

from django import template

from search.record import cell as cell_of
from search.search import moment

register = template.Library()


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
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def percent(count: int, top: int) -> str:
    return f"{100 * count / (top or 1):.0f}"
