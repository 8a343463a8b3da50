"""How the telling goes, for /system/ and /metrics: what waits, what was given up, whom nobody reaches."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import ngettext
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from integrations.delivery.claims import due
from integrations.destinations import KINDS
from integrations.models import Attempt, Circuit, Delivery, Destination

LATE = timedelta(seconds=30)  # what is due for so long, nobody claims: is a notifier running?
RECENT = timedelta(minutes=5)


class Place(NamedTuple):
    """One destination. ``oldest``: when the first that waits was planned."""

    destination: Destination
    waiting: int
    given_up: int
    oldest: datetime | None
    circuit: Circuit | None

    def well(self) -> bool:
        return not (self.given_up or self.shut() or self.destination.kind not in KINDS)

    def shut(self) -> bool:
        return bool(self.circuit and self.circuit.probe_at)

    def words(self, now: datetime) -> str:
        said = [f"{self.waiting:,} {ngettext('waits', 'wait', self.waiting)}" if self.waiting else "nothing waits"]
        if self.oldest:
            said.append(f"the oldest for {(now - self.oldest).total_seconds():,.0f} s")
        if self.given_up:
            said.append(f"{self.given_up:,} given up: redeliver or leave them in the admin, Deliveries")
        if self.circuit and self.circuit.probe_at:
            said.append(f"it fails ({self.circuit.words}); tried again at {self.circuit.probe_at:%H:%M:%S} UTC")
        if self.destination.kind not in KINDS:
            said.append(f"there is no kind {self.destination.kind}")
        return ", ".join(said)


def places() -> list[Place]:
    """Every enabled destination."""
    rows = Destination.objects.filter(enabled=True).select_related("circuit")
    return [
        Place(
            one,
            one.waiting or 0,
            one.given_up or 0,
            one.oldest,
            getattr(one, "circuit", None),
        )
        for one in rows.annotate(
            waiting=counted("waiting"),
            given_up=counted("given_up"),
            oldest=Subquery(of("waiting").annotate(first=Min("planned_at")).values("first")),
        )
    ]


def of(state: str) -> "QuerySet[Any, Any]":
    rows = Delivery.objects.filter(destination=OuterRef("pk"), state=state).order_by()
    return rows.values("destination")


def counted(state: str) -> Coalesce:
    return Coalesce(Subquery(of(state).annotate(count=Count("pk")).values("count")), 0)


def unclaimed(now: datetime) -> int:
    """Threads that are due and that nobody claims, though the destination may be told."""
    return due(now - LATE).exclude(destination__circuit__probe_at__isnull=False).count()


def parts() -> list[tuple[str, bool, str]]:
    """Name, whether it is well, and words, for /system/."""
    now = timezone.now()
    rows = [(place.destination.name, place.well(), place.words(now)) for place in places()]
    if late := unclaimed(now):
        groups = ngettext("group has", "groups have", late)
        rows.append(("Notifier", False, f"{late:,} {groups} been due for a while: is run_notifier running?"))
    return rows


class Figures(Collector):
    """Read from the database as they are asked for, so it is the same whichever process is asked."""

    def collect(self) -> Iterator[Metric]:
        deliveries = gauge("stacklens_deliveries", "Deliveries that wait or were given up.", "state")
        shut = gauge("stacklens_destination_shut", "1: it fails, and is only tried now and then. Worry when it lasts.")
        oldest = gauge("stacklens_delivery_oldest_seconds", "How long the first that waits has waited. Worry.")
        now = timezone.now()
        for place in places():
            slug = place.destination.slug
            deliveries.add_metric([slug, "waiting"], place.waiting)
            deliveries.add_metric([slug, "given_up"], place.given_up)
            shut.add_metric([slug], place.shut())
            oldest.add_metric([slug], (now - place.oldest).total_seconds() if place.oldest else 0)
        yield from (deliveries, shut, oldest, attempts(now))


def attempts(now: datetime) -> Metric:
    found = gauge("stacklens_delivery_attempts_recent", "Deliveries tried in five minutes, by outcome.", "outcome")
    rows = Attempt.objects.filter(at__gte=now - RECENT).order_by().values_list("delivery__destination__slug", "outcome")
    for slug, outcome, count in rows.annotate(Count("pk")):
        found.add_metric([slug, outcome], count)
    return found


def gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, labels=["destination", *labels])


REGISTRY = CollectorRegistry()
REGISTRY.register(Figures())
