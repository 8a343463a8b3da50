"""The system page: what StackLens itself does."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alerts.models import Alert
from alerts.plots import line
from ingest.models import DeadLetter, PipelineStat, QueueMessage
from ingest.stats import SLOT_SECONDS

SLOTS = 360  # an hour
ALIVE_SECONDS = 30
PLOTS = (
    ("Records per second", ("records.logs", "records.spans", "records.metrics"), SLOT_SECONDS),
    ("Milliseconds per second by stage", ("seconds.decode", "seconds.redact", "seconds.enrich", "seconds.analyse",
     "seconds.store", "seconds.lifecycle", "seconds.commit"), SLOT_SECONDS / 1000),
    ("Alert transitions", ("transitions", "alerts.opened", "alerts.resolved"), 1),
    ("Rejected, redacted, late", ("rejected", "redacted", "late"), 1),
    ("Lag, messages", ("lag",), 1),
)  # fmt: skip


@login_required
def system(request: HttpRequest) -> HttpResponse:
    return render(request, "ingest/system.html", {**figures(), "here": "system", "seq": 0})


@login_required
def panel(request: HttpRequest) -> HttpResponse:
    return render(request, "ingest/system_panel.html", figures())


def figures() -> dict[str, Any]:
    now = timezone.now()
    first = now.replace(second=now.second - now.second % SLOT_SECONDS, microsecond=0) - timedelta(
        seconds=SLOT_SECONDS * SLOTS
    )
    series: dict[str, list[float]] = {}
    newest = None
    for slot, name, value in (
        PipelineStat.objects.filter(slot__gt=first).order_by("slot").values_list("slot", "name", "value")
    ):
        place = int((slot - first).total_seconds() // SLOT_SECONDS) - 1
        series.setdefault(name, [0.0] * SLOTS)[min(place, SLOTS - 1)] = value
        newest = slot
    queue = QueueMessage.objects.aggregate(count=Count("id"), size=Sum("size"))
    oldest = QueueMessage.objects.order_by("id").values_list("received_at", flat=True).first()
    waiting = max(now.timestamp() - oldest / 1e9, 0) if oldest else 0
    rate = sum(series.get(name, [0.0] * SLOTS)[-2] for name in PLOTS[0][1]) / SLOT_SECONDS
    alive = newest is not None and (now - newest).total_seconds() < ALIVE_SECONDS
    return {
        "numbers": [
            ("records per second", rate, "in the last full 10 s"),
            ("lag", queue["count"], "messages that wait"),
            ("oldest unprocessed", waiting, "seconds"),
            ("dead letters", DeadLetter.objects.count(), "records that could not be used"),
        ],
        "plots": [plot(title, names, scale, series) for title, names, scale in PLOTS],
        "parts": [
            ("Worker", alive, "writes its figures" if alive else "no figures for 30 s: is run_consumer running?"),
            ("Queue", True, f"{queue['count']} messages, {(queue['size'] or 0) / 1024:,.0f} KiB"),
            ("Database", True, settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[1]),
        ],
        "open_count": Alert.objects.filter(status="open").count(),
    }


def plot(title: str, names: tuple[str, ...], scale: float, series: dict[str, list[float]]) -> dict[str, Any]:
    lines, top = [], 0.0
    for name in names:
        values = [value / scale for value in series.get(name, [0.0] * SLOTS)]
        top = max(top, *values)
        lines.append((name, values))
    drawn = [
        {"name": name, "points": line(values, top), "last": values[-2], "most": max(values), "sum": sum(values)}
        for name, values in lines
    ]
    return {"title": title, "top": top, "lines": drawn}
