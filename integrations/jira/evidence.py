"""The stored records that fired an alert, as a ticket shows them: redacted when they were stored."""

from collections.abc import Mapping
from typing import Any

from integrations.jira.text import LINES_MOST, Line
from search.models import RawLog, StoredSpan


def lines(event: Mapping[str, Any]) -> list[Line]:
    ids = list(event.get("related_logs") or ())[:LINES_MOST]
    logs = RawLog.objects.filter(pk__in=ids).order_by("timestamp", "id")
    spans = StoredSpan.objects.filter(pk__in=ids).order_by("timestamp", "id")
    return [
        *(line(log, log.level, log.message) for log in logs),
        *(line(span, span.status, f"{span.name} {span.status_message}") for span in spans),
    ]


def line(record: RawLog | StoredSpan, level: str, message: str) -> Line:
    at = f"{record.timestamp:%H:%M:%S}.{record.timestamp.microsecond // 1000:03d}"
    return Line(at, level, message, record.app_version or "", record.environment or "")
