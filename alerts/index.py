"""Which rules can match a record, at a cost that doesn't grow with their number.

Each rule is filed under a witness, something it can't match without: a run of characters in a text (all of them in
one Aho-Corasick automaton a field), a value, a bound, a field. What a record's own content calls up is verified by
the rule's predicate; the rest is never looked at. Rules without a witness are tried on every record: they are
``slow`` and shown as such.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import ahocorasick

from query import compile_node
from query.ast import Node
from query.fields import DYNAMIC, SCHEMAS, Schema, leaves_reader, value_reader
from query.match import as_number
from query.witness import AtLeast, AtMost, Has, Literal, Value, witnesses
from telemetry.records import Record

Numbers = list[int]
Candidates = dict[int, set[int]]  # place of the record -> numbers of the queries
Probe = Callable[[Sequence[Record], Candidates], None]
BOOLEANS = ("true", "false")
NESTED = (list, dict)


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
        self.probes: list[Probe] = [text_probe(name, schema, found) for name, found in texts.items()]
        self.probes += [value_probe(name, schema, found) for name, found in values.items()]
        for name in sorted(lows.keys() | highs.keys()):
            self.probes.append(bound_probe(reader(name, schema), lows.get(name, []), highs.get(name, [])))
        self.probes += [presence_probe(reader(name, schema), numbers) for name, numbers in present.items()]

    def matches(self, records: Sequence[Record]) -> dict[int, list[int]]:
        candidates: Candidates = {}
        for probe in self.probes:
            probe(records, candidates)
        matched: dict[int, list[int]] = {}
        for position in sorted(candidates):
            record = records[position]
            for number in candidates[position]:
                if self.predicates[number](record):
                    matched.setdefault(number, []).append(position)
        for number in self.slow:
            predicate = self.predicates[number]
            if found := [position for position, record in enumerate(records) if predicate(record)]:
                matched[number] = found
        return matched

    def candidates(self, record: Record) -> Numbers:
        """The queries that the record calls up, whether they match or not."""
        found: Candidates = {}
        for probe in self.probes:
            probe([record], found)
        return sorted({*found.get(0, ()), *self.slow})


def reader(name: str, schema: Schema) -> Callable[[Record], Sequence[Any]]:
    """All of a field's values."""
    field = schema.find(name)
    assert field is not None
    if field.kind == DYNAMIC:
        return quick_leaves(name, schema)
    read = value_reader(name, schema)
    return lambda record: (read(record),)


def quick_leaves(name: str, schema: Schema) -> Callable[[Record], Sequence[Any]]:
    """Most attributes stand in a record under their flat name, or not at all."""
    slow, path = leaves_reader(name, schema), name.split(".", 1)[1]
    nested = "." in path

    def read(record: Record) -> Sequence[Any]:
        attrs = record.attrs
        if path not in attrs:
            return slow(record) if nested else ()
        value = attrs[path]
        return slow(record) if isinstance(value, NESTED) else (value,)

    return read


def one_reader(name: str, schema: Schema) -> Callable[[Record], Any]:
    field = schema.fields[name]
    return field.read or attrgetter(name)


def text_probe(name: str, schema: Schema, literals: dict[str, Numbers]) -> Probe:
    automaton = ahocorasick.Automaton()
    for text, numbers in literals.items():
        automaton.add_word(text, numbers)
    automaton.make_automaton()
    read, find = one_reader(name, schema), automaton.iter

    def probe(records: Sequence[Record], candidates: Candidates) -> None:
        for position, text in enumerate(map(read, records)):
            if text:
                for _, numbers in find(text.lower()):
                    candidates.setdefault(position, set()).update(numbers)

    return probe


def value_probe(name: str, schema: Schema, numbers_of: dict[str, Numbers]) -> Probe:
    field = schema.find(name)
    assert field is not None
    if field.kind == DYNAMIC:
        return attribute_probe(quick_leaves(name, schema), numbers_of)
    read, get = one_reader(name, schema), numbers_of.get

    def probe(records: Sequence[Record], candidates: Candidates) -> None:
        for position, value in enumerate(map(read, records)):
            if found := get(value):
                candidates.setdefault(position, set()).update(found)

    return probe


def attribute_probe(read: Callable[[Record], Sequence[Any]], numbers_of: dict[str, Numbers]) -> Probe:
    # true and false may be written in any case
    truths = {truth: [n for text, ns in numbers_of.items() if text.lower() == truth for n in ns] for truth in BOOLEANS}

    def probe(records: Sequence[Record], candidates: Candidates) -> None:
        for position, values in enumerate(map(read, records)):
            for value in values:
                if isinstance(value, bool):
                    candidates.setdefault(position, set()).update(truths["true" if value else "false"])
                elif found := numbers_of.get(value if isinstance(value, str) else str(value)):
                    candidates.setdefault(position, set()).update(found)

    return probe


def bound_probe(
    read: Callable[[Record], Sequence[Any]], lows: list[tuple[float, int]], highs: list[tuple[float, int]]
) -> Probe:
    """Bounds in order, so that only those that the value keeps are called up; most values keep none."""
    lows, highs = sorted(lows), sorted(highs)
    low_bounds, low_numbers = [bound for bound, _ in lows], [number for _, number in lows]
    high_bounds, high_numbers = [bound for bound, _ in highs], [number for _, number in highs]
    lowest, highest = min(low_bounds, default=math.inf), max(high_bounds, default=-math.inf)

    def probe(records: Sequence[Record], candidates: Candidates) -> None:
        for position, values in enumerate(map(read, records)):
            for value in values:
                number = value if type(value) is int else as_number(value)
                if number is None or highest < number < lowest:
                    continue
                upto, since = bisect_right(low_bounds, number), bisect_left(high_bounds, number)
                if upto or since < len(high_bounds):
                    candidates.setdefault(position, set()).update(low_numbers[:upto] + high_numbers[since:])

    return probe


def presence_probe(read: Callable[[Record], Sequence[Any]], numbers: Numbers) -> Probe:
    def probe(records: Sequence[Record], candidates: Candidates) -> None:
        for position, values in enumerate(map(read, records)):
            if any(value is not None and value != "" for value in values):
                candidates.setdefault(position, set()).update(numbers)

    return probe
