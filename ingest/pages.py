"""The system page: what StackLens itself does, from the worker's figures of the last hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max, Sum
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from alerts.models import RuleWindow
from alerts.plots import line
from alerts.rules.frame import VALUE_LIMIT
from alerts.rules.spike import BUCKETS_LIMIT
from alerts.templatetags.shown import duration, short
from ingest import parts, stopped
from ingest.models import DeadLetter, PipelineStat, QueueMessage
from ingest.stats import SLOT_SECONDS

SLOTS = 360  # an hour
ALIVE_SECONDS = 30
RECORDS = ("records.logs", "records.spans", "records.metrics")
# "outlet" only with Kafka: what is written there before the commit
STAGES = (
    "decode",
    "enrich",
    "redact",
    "analyse",
    "store",
    "lifecycle",
    "commit",
    *["outlet"] * bool(settings.KAFKA_BROKERS),
)

# title, the figures' names, what they are divided by
PLOTS = (
    ("Records per second", RECORDS, SLOT_SECONDS),
    ("Work by stage, ms per second", tuple(f"seconds.{stage}" for stage in STAGES), SLOT_SECONDS / 1000),
    ("Alerts per 10 s", ("alerts.opened", "alerts.repeated", "alerts.resolved", "alerts.reopened"), 1),
    ("Rejected, redacted, late per 10 s", ("rejected", "redacted", "late"), 1),
    ("Messages that wait", ("lag",), 1),
    ("Batches per 10 s", ("batches",), 1),
)
INDEXER_PLOT = ("Messages that wait to be indexed", ("indexer.lag",), 1)


@dataclass
class Line:
    name: str
    values: list[float]
    top: float = 0

    @property
    def points(self) -> str:
        return line(self.values, self.top)

    @property
    def last(self) -> float:
        return self.values[-2]  # the newest slot is not over yet

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values)

    @property
    def most(self) -> float:
        return max(self.values)


class Last(NamedTuple):
    slot: datetime
    value: float


@login_required
def system(request: HttpRequest) -> HttpResponse:
    return render(request, "ingest/system.html", {**figures(), "here": "system"})


def held(size: int, most: int) -> str:
    """What the windows of all groups take, and what one may take at most (alerts/rules/frame.py and spike.py)."""
    bound = f"a group at most {BUCKETS_LIMIT:,} buckets of {VALUE_LIMIT:,} values"
    return f"groups, {filesizeformat(size)}; the largest {filesizeformat(most)}; {bound}"


@login_required
def panel(request: HttpRequest) -> HttpResponse:
    return render(request, "ingest/system_panel.html", figures())


def figures() -> dict[str, Any]:
    now = timezone.now()
    slot = now.replace(second=now.second - now.second % SLOT_SECONDS, microsecond=0)
    first = slot - timedelta(seconds=SLOT_SECONDS * (SLOTS - 1))
    series, last = stored(first)
    alive = {name for name, one in last.items() if (now - one.slot).total_seconds() < ALIVE_SECONDS}
    servers = parts.states()
    windows = RuleWindow.objects.aggregate(groups=Count("pk"), size=Sum(Length("state")), most=Max(Length("state")))
    queue = QueueMessage.objects.aggregate(count=Count("id"), size=Sum("size"))
    lag = last["lag"].value if settings.KAFKA_BROKERS and "lag" in last else queue["count"]
    rate = sum(plotted("", RECORDS, SLOT_SECONDS, series)["lines"][number].last for number in range(len(RECORDS)))
    return {
        "numbers": [
            ("records per second", short(rate), "in the last full 10 s"),
            ("lag", short(lag), "messages that wait"),
            ("oldest unprocessed", duration(waited(now)), "since it came in"),
            ("dead letters", short(DeadLetter.objects.count()), "records that could not be used"),
            ("rule windows", short(windows["groups"]), held(windows["size"] or 0, windows["most"] or 0)),
        ],
        "plots": [
            plotted(title, names, scale, series) for title, names, scale in (*PLOTS, *[INDEXER_PLOT] * indexed())
        ],
        "ticks": [first + (slot - first) * quarter / 4 for quarter in range(5)],
        "parts": [
            writer("Worker", "lag" in alive, "writes its figures", "run_consumer"),
            queue_part(queue["count"], queue["size"] or 0, servers.get("kafka")),
            ("Database", True, settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[1]),
            *[writer("Indexer", "indexer.lag" in alive, waiting(last), "run_indexer")] * indexed(),
            *((name, False, f"stopped: {why}; see the runbook") for name, why in stopped.partitions().items()),
            *(row for others in parts.OTHERS for row in others()),
            *((name.capitalize(), *state) for name, state in servers.items() if name != "kafka"),
        ],
    }


def indexed() -> bool:
    return bool(settings.KAFKA_BROKERS and settings.ELASTICSEARCH_URL)


def waiting(last: dict[str, Last]) -> str:
    return f"{short(last['indexer.lag'].value)} messages wait to be indexed" if "indexer.lag" in last else ""


def writer(name: str, alive: bool, well: str, command: str) -> tuple[str, bool, str]:
    return (name, alive, well if alive else f"no figures for {ALIVE_SECONDS} s: is {command} running?")


def stored(first: datetime) -> tuple[dict[str, list[float]], dict[str, Last]]:
    """The figures by name, one value a slot; and the last of each."""
    series: dict[str, list[float]] = {}
    last: dict[str, Last] = {}
    rows = PipelineStat.objects.filter(slot__gte=first).order_by("slot")
    for slot, name, value in rows.values_list("slot", "name", "value"):
        place = int((slot - first).total_seconds() // SLOT_SECONDS)
        series.setdefault(name, [0.0] * SLOTS)[min(place, SLOTS - 1)] = value
        last[name] = Last(slot, value)
    return series, last


def plotted(title: str, names: tuple[str, ...], scale: float, series: dict[str, list[float]]) -> dict[str, Any]:
    lines = [
        Line(name.rpartition(".")[2], [value / scale for value in series.get(name, [0.0] * SLOTS)]) for name in names
    ]
    top = max(drawn.most for drawn in lines)
    for drawn in lines:
        drawn.top = top
    return {"title": title, "top": top, "lines": lines}


def waited(now: datetime) -> float:
    """Nanoseconds that the oldest message has waited."""
    oldest = QueueMessage.objects.order_by("id").values_list("received_at", flat=True).first()
    return max(now.timestamp() * 1e9 - oldest, 0) if oldest else 0


def queue_part(count: int, size: int, kafka: parts.State | None) -> tuple[str, bool, str]:
    if kafka:
        return ("Queue", kafka.well, f"Kafka at {', '.join(settings.KAFKA_BROKERS)}: {kafka.said}")
    room = size < settings.INGEST_QUEUE_MAX_BYTES
    told = f"{short(count)} messages, {size / 2**20:,.1f} of {settings.INGEST_QUEUE_MAX_BYTES / 2**20:,.0f} MiB"
    return ("Queue", room, told if room else f"{told}: full, senders are told to wait")
