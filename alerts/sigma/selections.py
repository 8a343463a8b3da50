"""The selections of a detection -> query text."""

from typing import Any

from alerts.sigma.mapping import Mapping
from alerts.sigma.modifiers import CANT, MODIFIERS, OF_THE_ITEM, modified
from alerts.sigma.refused import Refused
from alerts.sigma.values import (
    Nothing,
    Number,
    Text,
    Truth,
    Unwritable,
    Value,
    both,
    either,
    text_of,
    written,
)


def selection(found: Any, mapping: Mapping, place: str) -> str:
    """A map is all of its items; a list is any of its members: maps, or words."""
    if isinstance(found, dict) and found:
        return both([item(str(key), value, mapping, f"{place}.{key}") for key, value in found.items()])
    if isinstance(found, list) and found:
        return either([member(each, mapping, f"{place}[{at}]") for at, each in enumerate(found)])
    if isinstance(found, str | int | float):
        return item("", found, mapping, place)
    raise Refused(place, "must be a map, or a list of maps or words, and not empty")


def member(found: Any, mapping: Mapping, place: str) -> str:
    return selection(found, mapping, place) if isinstance(found, dict) else item("", found, mapping, place)


def item(key: str, found: Any, mapping: Mapping, place: str) -> str:
    """``Field|modifier|…: value`` or a list of values; without a field, words."""
    name, *modifiers = key.split("|")
    for modifier in modifiers:
        if modifier in CANT:
            raise Refused(place, f"the modifier {modifier} {CANT[modifier]}")
        if modifier not in MODIFIERS and modifier not in OF_THE_ITEM:
            raise Refused(place, f"unknown modifier {modifier!r}")
    values = found if isinstance(found, list) else [found]
    if not values:
        raise Refused(place, "an empty list")
    if "all" in modifiers and len(values) < 2:
        raise Refused(place, "the modifier all needs a list of at least two values")
    field = mapping.field(name or mapping.keywords, place)
    of_each = [modifier for modifier in modifiers if modifier not in OF_THE_ITEM]
    if not name and "re" not in of_each and not {"contains", "startswith", "endswith"} & set(of_each):
        of_each.append("contains")
    try:
        texts = [written(field, modified(value(each, "re" in of_each), of_each)) for each in values]
    except Unwritable as error:
        raise Refused(place, str(error)) from error
    joined = both(texts) if "all" in modifiers else either(texts)
    return f"(NOT {joined})" if "neq" in modifiers else joined


def value(found: Any, raw: bool) -> Value:
    if found is None:
        return Nothing()
    if isinstance(found, bool):
        return Truth(found)
    if isinstance(found, int | float):
        return Text(tuple(str(found))) if raw else Number(finite(found))
    if isinstance(found, str):
        return Text(tuple(found)) if raw else text_of(found)
    raise Unwritable(f"a {type(found).__name__} is no value")


def finite(number: int | float) -> int | float:
    if number != number or number in (float("inf"), float("-inf")):
        raise Unwritable("needs a number that ends")
    return number
