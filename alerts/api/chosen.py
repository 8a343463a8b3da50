"""Alerts that a filter chooses: as rows for a list, as ids for an action on all of them."""

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError

from alerts.given import keys
from alerts.matching import meets, narrowed
from alerts.models import Alert
from search.api.pages import predicate

MOST = 100_000  # alerts that one action or count looks at with a query
CHUNK = 2000
WHOLE = {"issue_code": "issue_code", "service": "service"}
TIMES = {"since": "last_seen__gte", "until": "last_seen__lt", "begun_before": "first_seen__lt"}


def rows(asked: dict[str, Any]) -> QuerySet[Alert, Any]:
    """What meets the filter; its query, which is not the database's, narrows them only. 400 if it can't be used."""
    wanted = Q()
    for name in ("status", "severity"):
        if values := asked.get(name):
            wanted &= Q(**{f"{name}__in": sorted(values)})
    for name, lookup in (WHOLE | TIMES).items():
        if name in asked:
            wanted &= Q(**{lookup: asked[name]})
    found = Alert.objects.filter(wanted).select_related("assignee")
    text = asked.get("q", "")
    return narrowed(found, text, "last_seen") if predicate(text, "alerts") else found


def ids(asked: dict[str, Any]) -> list[str]:
    """400 for a query that can't be used, or that would have to look at too many."""
    found = rows(asked)
    if not (text := asked.get("q", "")).strip():
        return keys(found)
    if found[MOST : MOST + 1].exists():
        raise ValidationError({"q": [f"more than {MOST} alerts to look at: narrow the filter by status or time"]})
    return [alert.id.hex for alert in filter(meets(text), found.iterator(CHUNK))]


def count(asked: dict[str, Any]) -> int:
    return len(ids(asked)) if asked.get("q", "").strip() else rows(asked).count()
