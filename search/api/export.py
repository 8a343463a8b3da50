"""Many logs at once, written as they are read: a line of JSON each, or CSV."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from search import find
from search.api.pages import params
from search.api.problems import ApiView, problems
from search.api.shapes import ExportParams, LogSerializer, shown
from search.api.views import asked
from search.backends import Away, TooLong
from search.search import Search
from telemetry.records import Record

MOST = 100_000  # records in one export
COLUMNS = tuple(LogSerializer().fields)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run
encode = msgspec.json.Encoder().encode


class LogExportView(ApiView):
    @extend_schema(
        operation_id="logs_export",
        tags=["logs"],
        parameters=[ExportParams],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
            **problems(400, 503),
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The newest 100,000 logs as a file. X-Total-Count says how many match; an export that could not be finished
        ends with a line that begins with error."""
        given = params(request, ExportParams)
        wanted = asked(given)
        total = find.count(wanted)
        kind, write, head = FORMATS[given["to"]]
        answer = StreamingHttpResponse(stream(wanted, write, head), content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="logs.{given["to"]}"'
        answer["X-Total-Count"], answer["X-Limit"] = str(total), str(MOST)
        return answer


async def stream(wanted: Search, write: Callable[[Iterable[Record]], bytes], head: bytes) -> AsyncIterator[bytes]:
    yield head
    place, left = None, MOST
    while left > 0:
        try:
            found = await sync_to_async(find.page)(wanted, place, min(find.CHUNK, left))
        except (Away, TooLong) as error:
            yield f"error: {error}\n".encode()
            return
        yield write(found.records)
        left -= len(found.records)
        if (place := found.next) is None:
            return


def ndjson(records: Iterable[Record]) -> bytes:
    return b"".join(encode(shown(record)) + b"\n" for record in records)


def as_csv(records: Iterable[Record]) -> bytes:
    return rows([cell(value) for value in map(shown(record).get, COLUMNS)] for record in records)


def rows(cells: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(cells)
    return out.getvalue().encode()


def cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else encode(value).decode()
    return f"'{text}" if text.startswith(FORMULA) else text


FORMATS = {
    "ndjson": ("application/x-ndjson", ndjson, b""),
    "csv": ("text/csv; charset=utf-8", as_csv, rows([COLUMNS])),
}
