"""Writes lines to Elasticsearch in bulk requests, and sorts them by its answers: written, again, refused."""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

from elasticsearch import ApiError, TransportError

from search import indices
from search.bulk import Line

# the smallest answer in which each document keeps its place
ANSWER = "errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason"
# 400 for reasons that are not the document's: it will be taken later
NOT_ITS_FAULT = {"index_closed_exception", "validation_exception", "cluster_block_exception"}
DENIED = (401, 403)
REQUEST_BYTES = 12 * 2**20  # a batch, unless its documents are huge


class Away(Exception):
    """Elasticsearch can't be written to now; all is to be tried again. ``denied``: because it doesn't let us."""

    def __init__(self, why: str, denied: bool = False) -> None:
        super().__init__(f"Elasticsearch takes nothing: {why}")
        self.denied = denied


class Written(NamedTuple):
    created: int
    known: int  # were there already, from an earlier try
    again: list[Line]
    refused: list[tuple[Line, str]]
    why: str = ""  # one of the reasons to try again
    no_index: bool = False


def prepare(retention_days: int) -> None:
    """Templates and indices, before anything is written; raises Away."""
    try:
        indices.setup(retention_days)
    except ApiError as error:
        raise away(error) from error
    except TransportError as error:
        raise Away(told(error)) from error


def away(error: ApiError) -> Away:
    if error.status_code in DENIED:
        return Away(f"check the credentials of ELASTICSEARCH_URL and their rights: {told(error)}", denied=True)
    return Away(told(error))


def write(lines: Sequence[Line]) -> Written:
    """Every document is created or was there already, or is given back; raises Away."""
    return reduce(joined, map(request, portions(lines)))


def portions(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """What goes into one request: a node refuses those beyond a tenth of its memory however often they come."""
    start = size = 0
    for at, line in enumerate(lines):
        if size and size + len(line.body) > REQUEST_BYTES:
            yield lines[start:at]
            start, size = at, 0
        size += len(line.body)
    yield lines[start:]


def request(lines: Sequence[Line]) -> Written:
    try:
        answer = indices.client().bulk(operations=[line.body for line in lines], filter_path=ANSWER)  # type: ignore[misc]
    except ApiError as error:
        if error.status_code in (400, 413):
            return halves(lines, error)
        raise away(error) from error
    except TransportError as error:
        raise Away(told(error)) from error
    if not answer["errors"]:
        return Written(len(lines), 0, [], [])
    return sort(lines, [next(iter(item.values())) for item in answer["items"]])


def told(error: Exception) -> str:
    """In one line, and not endless."""
    # an error of the connection keeps its reason to itself unless another one caused it
    why = f": {error.message}" if isinstance(error, TransportError) and not error.errors else ""
    return " ".join(f"{type(error).__name__}: {error}{why}".split())[:300]


def halves(lines: Sequence[Line], error: ApiError) -> Written:
    """The request as a whole was not taken: too large, or one document spoils it. Which one, smaller requests tell."""
    if len(lines) == 1:
        return Written(0, 0, [], [(lines[0], told(error))])
    middle = len(lines) // 2
    return joined(request(lines[:middle]), request(lines[middle:]))


def joined(first: Written, second: Written) -> Written:
    return Written(
        first.created + second.created,
        first.known + second.known,
        first.again + second.again,
        first.refused + second.refused,
        first.why or second.why,
        first.no_index or second.no_index,
    )


def sort(lines: Sequence[Line], items: Sequence[dict[str, Any]]) -> Written:
    created = known = 0
    again, refused, why, no_index = [], [], "", False
    for line, item in zip(lines, items, strict=True):
        status, error = item["status"], item.get("error", {})
        if status < 300:
            created += 1
        elif status == 409:
            known += 1
        elif status == 400 and error.get("type") not in NOT_ITS_FAULT:
            refused.append((line, reason(error)))
        else:
            again.append(line)
            why = f"{status} {reason(error)}"
            no_index |= status == 404
    return Written(created, known, again, refused, why, no_index)


def reason(error: dict[str, Any]) -> str:
    cause = error.get("caused_by", {}).get("reason")
    return f"{error.get('type')}: {error.get('reason')}" + (f" ({cause})" if cause else "")
