"""A notice of one alert, chosen or made up, for a look at what a destination would be sent before anybody is."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from alerts.event import alert_event, iso, transition_event
from alerts.models import Alert, Transition
from integrations.destinations.kind import Notice, Told
from integrations.routes.where import CALLING

MADE_UP = uuid.UUID(int=0)


def notice(alert: Alert, slug: str) -> Notice:
    """Of the last thing that called for one."""
    return Notice(
        key="of-a-preview",
        thread="preview",
        group={"rule": alert.rule_slug, "service": alert.service},
        alerts=[Told(alert_event(alert), [last(alert)])],
        site=settings.SITE_URL,
        destination=slug,
    )


def last(alert: Alert) -> dict[str, Any]:
    rows = Transition.objects.filter(alert=alert.pk, kind__in=CALLING).select_related("alert", "alert__assignee")
    if found := rows.order_by("-seq").first():
        return {name: value for name, value in transition_event(found).items() if name not in ("alert", "muted_by")}
    return {"seq": 1, "kind": "opened", "at": iso(alert.created_at), "by": "system", "reason": "", "data": {}}


def newest() -> Alert | None:
    return Alert.objects.select_related("assignee").order_by("-last_seen", "id").first()


def made_up(now: datetime) -> Alert:
    """What nobody has seen; it isn't kept."""
    return Alert(
        id=MADE_UP,
        rule_slug="price-missing",
        rule_version=1,
        group={"service": "checkout"},
        service="checkout",
        issue_code="PRICE_MISSING",
        severity="error",
        message="Product price is null or missing",
        suggested_fix="Load the prices again",
        count=128,
        first_seen=now - timedelta(minutes=4),
        last_seen=now,
        created_at=now - timedelta(minutes=4),
        related_trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    )
