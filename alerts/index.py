"""Which rules can match a record, at a cost that doesn't grow with their number.

Each rule is filed under a witness, something it can't match without: a run of characters in a text (all of them in
one Aho-Corasick automaton a field), a value, a bound, a field. What a record's own content calls up is verified by
the rule's predicate; the rest is never looked at. Rules without a witness are tried on every record: they are
``slow`` and shown as such.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import ahocorasick

from query import compile_node
from query.ast import Node
from query.fields import DYNAMIC, SCHEMAS, Schema, leaves_reader, value_reader
from query.match import as_number
from query.witness import AtLeast, AtMost, Has, Literal, Value, witnesses
from telemetry.records import Record

Numbers = list[int]
Probe = Callable[[Record, set[int]], None]
BOOLEANS = ("true", "false")


class RuleIndex:
    """``matches`` gives, for each query (by its place in ``queries``), the places of the records that match."""

    def __init__(self, queries: Sequence[Node], signal: str) -> None:
        schema = SCHEMAS[signal]
        self.predicates = [compile_node(query, signal) for query in queries]
        self.slow: Numbers = []
        texts: dict[str, dict[str, Numbers]] = {}
        values: dict[str, dict[str, Numbers]] = {}
        lows: dict[str, list[tuple[float, int]]] = {}
        highs: dict[str, list[tuple[float, int]]] = {}
        present: dict[str, Numbers] = {}
        for number, query in enumerate(queries):
            found = witnesses(query, schema)
            if not found:
                self.slow.append(number)
            for witness in found or ():
                if isinstance(witness, Literal):
                    texts.setdefault(witness.field, {}).setdefault(witness.text, []).append(number)
                elif isinstance(witness, Value):
                    values.setdefault(witness.field, {}).setdefault(witness.value, []).append(number)
                elif isinstance(witness, AtLeast):
                    lows.setdefault(witness.field, []).append((witness.bound, number))
                elif isinstance(witness, AtMost):
                    highs.setdefault(witness.field, []).append((witness.bound, number))
                elif isinstance(witness, Has):
                    present.setdefault(witness.field, []).append(number)
        self.probes: list[Probe] = [text_probe(reader(name, schema), found) for name, found in texts.items()]
        self.probes += [value_probe(name, schema, found) for name, found in values.items()]
        for name in sorted(lows.keys() | highs.keys()):
            self.probes.append(bound_probe(reader(name, schema), lows.get(name, []), highs.get(name, [])))
        self.probes += [presence_probe(reader(name, schema), numbers) for name, numbers in present.items()]

    def matches(self, records: Sequence[Record]) -> dict[int, list[int]]:
        matched: dict[int, list[int]] = {}
        predicates, probes, slow = self.predicates, self.probes, self.slow
        for position, record in enumerate(records):
            candidates = set(slow)
            for probe in probes:
                probe(record, candidates)
            for number in candidates:
                if predicates[number](record):
                    matched.setdefault(number, []).append(position)
        return matched


def reader(name: str, schema: Schema) -> Callable[[Record], list[Any]]:
    """All of a field's values, as a list."""
    field = schema.find(name)
    assert field is not None
    if field.kind == DYNAMIC:
        return quick_leaves(name, schema)
    read = value_reader(name, schema)
    return lambda record: [read(record)]


def quick_leaves(name: str, schema: Schema) -> Callable[[Record], list[Any]]:
    """Most attributes stand in a record under their flat name, or not at all."""
    slow, path, head = leaves_reader(name, schema), name.split(".", 1)[1], name.split(".")[1]
    nested = "." in path

    def read(record: Record) -> list[Any]:
        attrs = record.attrs
        if path in attrs or (nested and may_nest(attrs, head)):
            return slow(record)
        return []

    return read


def may_nest(attrs: dict[str, Any], head: str) -> bool:
    return head in attrs or any(isinstance(value, dict | list) for value in attrs.values())


def text_probe(read: Callable[[Record], list[Any]], literals: dict[str, Numbers]) -> Probe:
    automaton = ahocorasick.Automaton()
    for text, numbers in literals.items():
        automaton.add_word(text, numbers)
    automaton.make_automaton()
    find = automaton.iter

    def probe(record: Record, candidates: set[int]) -> None:
        for text in read(record):
            if isinstance(text, str):
                for _, numbers in find(text.lower()):
                    candidates.update(numbers)

    return probe


def value_probe(name: str, schema: Schema, numbers_of: dict[str, Numbers]) -> Probe:
    field = schema.find(name)
    assert field is not None
    get = numbers_of.get
    if field.kind != DYNAMIC:
        read_one = value_reader(name, schema)

        def probe_field(record: Record, candidates: set[int]) -> None:
            if found := get(read_one(record)):
                candidates.update(found)

        return probe_field
    read = quick_leaves(name, schema)
    # true and false are written in any case
    truths = {truth: [n for text, ns in numbers_of.items() if text.lower() == truth for n in ns] for truth in BOOLEANS}

    def probe(record: Record, candidates: set[int]) -> None:
        for value in read(record):
            if isinstance(value, bool):
                candidates.update(truths["true" if value else "false"])
            elif found := get(value if isinstance(value, str) else str(value)):
                candidates.update(found)

    return probe


def bound_probe(
    read: Callable[[Record], list[Any]], lows: list[tuple[float, int]], highs: list[tuple[float, int]]
) -> Probe:
    """Bounds in order, so that only those that the value keeps are called up."""
    lows, highs = sorted(lows), sorted(highs)
    low_bounds, low_numbers = [bound for bound, _ in lows], [number for _, number in lows]
    high_bounds, high_numbers = [bound for bound, _ in highs], [number for _, number in highs]

    def probe(record: Record, candidates: set[int]) -> None:
        for value in read(record):
            if (number := as_number(value)) is not None:
                candidates.update(low_numbers[: bisect_right(low_bounds, number)])
                candidates.update(high_numbers[bisect_left(high_bounds, number) :])

    return probe


def presence_probe(read: Callable[[Record], list[Any]], numbers: Numbers) -> Probe:
    def probe(record: Record, candidates: set[int]) -> None:
        if any(value is not None and value != "" for value in read(record)):
            candidates.update(numbers)

    return probe
