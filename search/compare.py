"""The records of a time against those of another: which values have become more frequent.

A backend counts the values of the fixed fields, as many records as it counts anyway; attributes are counted in the
newest ``SAMPLE`` records. How many were looked at is part of the answer.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from search import find
from search.contrast import Change, Counted, changes
from search.record import attributes_of
from search.search import Search
from telemetry.records import Record

COMPARED = {
    "logs": (
        *("pattern", "level", "error_code", "service", "app_version", "host", "environment", "action", "status"),
        *("user_id", "product_id"),
    ),
    "spans": ("name", "kind", "status", "service", "app_version", "host", "environment"),
}
VALUES = 500  # of each fixed field
SAMPLE = 2000  # records whose attributes are counted
PATHS = 60  # attributes: those that most records have
LONG = 200  # characters; longer values are texts, and no two of them alike

Time = tuple[datetime, datetime]


@dataclass(frozen=True)
class Looked:
    """How many records were looked at; ``sampled``: for their attributes. ``complete``: those are all there are."""

    records: int
    sampled: int
    complete: bool


@dataclass(frozen=True)
class Comparison:
    changes: list[Change]
    now: Looked
    before: Looked


def compare(asked: Search, now: Time, before: Time) -> Comparison:
    (counted, sample, looked), (earlier, sample_before, looked_before) = (
        count(asked.within(*time)) for time in (now, before)
    )
    paths = frequent(sample)
    counted |= of_attributes(sample, paths)
    return Comparison(changes(counted, earlier | of_attributes(sample_before, paths)), looked, looked_before)


def count(asked: Search) -> tuple[dict[str, Counted], list[Record], Looked]:
    found, sample = find.facets(asked, COMPARED[asked.signal], VALUES), find.page(asked, limit=SAMPLE).records
    counted = {
        name: Counted(found.counted, dict(values), values[-1][1] if len(values) == VALUES else 0)
        for name, values in found.values.items()
    }
    return counted, sample, Looked(found.counted, len(sample), found.complete and len(sample) == found.counted)


def frequent(sample: Sequence[Record]) -> list[str]:
    """The paths of attributes that most records have."""
    counted = Counter(path for record in sample for path in {path for path, _ in attributes_of(record)})
    return [path for path, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:PATHS]]


def of_attributes(sample: Sequence[Record], paths: Sequence[str]) -> dict[str, Counted]:
    """By path, how many records have each value."""
    values: dict[str, Counter[str]] = {path: Counter() for path in paths}
    for record in sample:
        for path, value in set(attributes_of(record)):
            if path in values and len(value) <= LONG:
                values[path][value] += 1
    return {path: Counted(len(sample), values[path]) for path in paths}
