"""How values are shown: times, counts, and text that came from outside."""

import re
from datetime import datetime
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from query import QueryError
from search.templatetags.records import HIDDEN

register = template.Library()

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@register.filter
def visible(text: Any) -> str:
    """Control characters as their symbols: ESC is shown as ␛ and does nothing; what isn't seen by its number."""
    shown = CONTROL.sub(lambda found: chr(0x2421 if found[0] == "\x7f" else 0x2400 + ord(found[0])), str(text or ""))
    return HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", shown)


@register.filter
def spaced(name: str) -> str:
    """A name of ours as words."""
    return name.replace("_", " ")


@register.filter
def marked(text: Any, words: list[str]) -> SafeString:
    """The text, escaped, with the words that a query looked for marked."""
    shown = visible(text)
    if not words:
        return mark_safe(escape(shown))  # noqa: S308 - escaped here
    pattern = re.compile(rf"\b(?:{'|'.join(re.escape(word) for word in words)})\b", re.IGNORECASE)
    out, at = [], 0
    for found in pattern.finditer(shown):
        out += [escape(shown[at : found.start()]), f"<mark>{escape(found[0])}</mark>"]
        at = found.end()
    return mark_safe("".join([*out, escape(shown[at:])]))  # noqa: S308 - every part is escaped above


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """Relative, with the absolute time in the title; a script keeps it current."""
    if moment is None:
        return "–"
    seconds = max(int((timezone.now() - moment).total_seconds()), 0)
    iso = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" title="{}">{} ago</time>', iso, iso, span(seconds))


def span(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@register.filter
def clock(moment: datetime) -> SafeString:
    """The time of day to the millisecond, in UTC; a script may show it in the reader's zone."""
    iso = moment.isoformat().replace("+00:00", "Z")
    return format_html(
        '<time class="clock" data-format="H:i:s.u" datetime="{}">{}</time>', iso, f"{moment:%H:%M:%S.%f}"[:-3]
    )


@register.filter
def duration(nanoseconds: float) -> str:
    """850 ms, 2.4 s."""
    milliseconds = nanoseconds / 1e6
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds:.3g} ms"


@register.filter
def lasting(seconds: float | None) -> str:
    """12 min; a dash where nothing lasted."""
    return "–" if seconds is None else span(int(seconds))


@register.filter
def share(part: float | None) -> str:
    """80 %"""
    return "–" if part is None else f"{part:.0%}".replace("%", " %")


@register.filter
def percentage(part: float) -> str:
    """A length of 100."""
    return f"{100 * part:.1f}"


@register.filter
def underlined(query: str, error: QueryError) -> SafeString:
    """The query with the place of its error marked."""
    end = error.position + max(error.length, 1)
    before, wrong, after = query[: error.position], query[error.position : end] or " ", query[end:]
    return format_html("{}<mark>{}</mark>{}", visible(before), visible(wrong), visible(after))


@register.filter
def short(number: float | None) -> str:
    """12,345 and 1.2 M."""
    if number is None:
        return "–"
    if abs(number) >= 1_000_000:
        return f"{number / 1_000_000:.1f} M"
    return f"{number:,.0f}" if abs(number) >= 10 or number == int(number) else f"{number:.1f}"


TIMES = {"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1.0}  # in nanoseconds
SIZES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k"))


@register.filter
def in_unit(value: float | None, unit: str | None) -> str:
    """A metric's value: 850 ms, 1.2 M, 0.0312; bytes as 3.4 MiB."""
    if value is None:
        return "–"
    if unit in TIMES and value:
        return duration(value * TIMES[unit])
    if unit == "By":
        return filesizeformat(value)
    if unit == "%":
        return f"{value:.3g} %"
    size, letter = next(((size, letter) for size, letter in SIZES if abs(value) >= size), (1, ""))
    return f"{value / size:.4g} {letter}".strip() if size > 1 or abs(value) < 1000 else f"{value:,.0f}"
