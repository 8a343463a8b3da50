"""Which alerts a page shows: what its address asks for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from alerts.event import iso
from alerts.lifecycle import UNRESOLVED
from alerts.matching import meets, narrowed, whole
from alerts.models import STATUSES, Alert
from query import QueryError
from search.ranges import in_words, moment

ROWS = 200  # shown at once; the filter narrows the rest
SCANNED = 20_000  # alerts that a filter looks through
CHUNK = 1000
RANGES = {"1h": ("last hour", 3600), "6h": ("last 6 h", 21600), "24h": ("last 24 h", 86400), "7d": ("last 7 d", 604800)}
DEFAULT = "24h"


@dataclass
class Asked:
    """An address, read. ``chosen``: the range was drawn by hand, so it also hides what is still unresolved."""

    status: str
    query: str
    range: str
    since: datetime
    until: datetime
    words: str
    chosen: bool = False
    meets: Callable[[Alert], bool] | None = None
    error: QueryError | None = None

    def all(self) -> tuple[list[Alert], bool]:
        """What is to be shown, unresolved ones first, then the last seen; and whether there is more."""
        if self.error:
            return [], False
        found: list[Alert] = []
        for part in (~Q(status="resolved"), Q(status="resolved")):
            alerts = self.within(Alert.objects.filter(part)).select_related("assignee").order_by("-last_seen", "id")
            found += self.first(alerts, ROWS + 1 - len(found))
        return (whole(found[:ROWS]) if self.meets else found[:ROWS]), len(found) > ROWS

    def first(self, alerts: QuerySet[Alert], number: int) -> list[Alert]:
        """As many as that of those that match."""
        if not self.meets:
            return list(alerts[:number])
        return list(islice(filter(self.meets, narrowed(alerts, self.query)[:SCANNED].iterator(CHUNK)), number))

    def among(self, ids: Iterable[Any]) -> tuple[list[Alert], set[Any]]:
        """These alerts, and the ids of those of them that the page would show."""
        alerts = Alert.objects.filter(pk__in=list(ids)).select_related("assignee")
        shown = {alert.pk for alert in self.matching(self.within(alerts))} if not self.error else set()
        return list(alerts.order_by("last_seen", "id")), shown

    def within(self, alerts: QuerySet[Alert]) -> QuerySet[Alert]:
        if self.status:
            alerts = alerts.filter(status=self.status)
        if self.chosen:
            return alerts.filter(last_seen__gte=self.since, first_seen__lt=self.until)
        return alerts.filter(~Q(status="resolved") | Q(last_seen__gte=self.since) | Q(resolved_at__gte=self.since))

    def filter(self) -> dict[str, Any]:
        """What of it people can act on at once, as the API's filter; without a status, what is unresolved."""
        found: dict[str, Any] = {"status": [self.status] if self.status else list(UNRESOLVED)}
        if self.query.strip():
            found["q"] = self.query
        if self.chosen:
            found |= {"since": iso(self.since), "begun_before": iso(self.until)}
        elif self.status == "resolved":
            found["since"] = iso(self.since)
        return found

    def matching(self, alerts: Iterable[Alert]) -> list[Alert]:
        return list(filter(self.meets, alerts)) if self.meets else list(alerts)


def asked(get: QueryDict, now: datetime) -> Asked:
    status, text = get.get("status", ""), get.get("q", "")
    since, until = moment(get.get("from", "")), moment(get.get("to", ""))
    name = get.get("range", DEFAULT) if get.get("range") in RANGES else DEFAULT
    words, seconds = RANGES[name]
    found = Asked(status if status in STATUSES else "", text, name, now - timedelta(seconds=seconds), now, words)
    if since and until and since < until:
        found.chosen, found.range = True, ""
        found.since, found.until, found.words = since, until, in_words(since, until)
    if text.strip():
        try:
            found.meets = meets(text)
        except QueryError as error:
            found.error = error
    return found


def counts() -> dict[str, int]:
    found = dict(Alert.objects.values_list("status").annotate(Count("id")))
    return {status: found.get(status, 0) for status in STATUSES}
