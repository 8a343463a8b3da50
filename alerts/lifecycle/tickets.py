"""What an alert hears of its ticket: which it is and how it stands, and what was said there."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from alerts.lifecycle.transitions import change, publish
from alerts.models import Alert, Transition


def ticketed(alert_ids: Sequence[UUID], ticket: dict[str, Any] | None, by: str, reason: str = "") -> int:
    """Put the ticket into the alerts that show another one, or another state of it; gives how many did."""
    with transaction.atomic():
        alerts = Alert.objects.filter(pk__in=alert_ids).order_by("id").select_for_update()
        others = [alert for alert in alerts if alert.ticket != ticket]
        now = timezone.now()
        transitions = []
        for alert in others:
            told = change(alert, "ticketed", now, f"{alert.seq}", by, reason)
            told.data = {"ticket": ticket, "before": alert.ticket}
            alert.ticket = ticket
            transitions.append(told)
        Alert.objects.filter(pk__in=[alert.pk for alert in others]).update(ticket=ticket)
        publish(transitions)
    return len(others)


def overheard(alert_id: UUID, name: str, by: str, text: str, data: dict[str, Any]) -> bool:
    """A comment that was made elsewhere; ``name`` is what it is called there, so that it is taken over once."""
    with transaction.atomic():
        alert = Alert.objects.select_for_update().get(pk=alert_id)
        told = change(alert, "commented", timezone.now(), name, by, text)
        if Transition.objects.filter(pk=told.pk).exists():
            return False
        told.data = data
        publish([told])
    return True
