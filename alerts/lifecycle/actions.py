"""A person's action as a value, done to one alert or to all that a filter chooses.

Both are the same compare and swap: the update asks again for the state that the action needs, so that of two people one
wins and the other is told. It takes the same few
statements however many they are.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from alerts import windows
from alerts.given import given, keys
from alerts.lifecycle.transitions import change, publish, publish_same
from alerts.models import Alert, Transition


class Conflict(Exception):
    """The alert is no longer in the state that the action needs; the message says in which it is."""


@dataclass(frozen=True)
class Action:
    """``needs``: what must hold of an alert; ``sets``: its fields afterwards; ``refused``: says why it did not hold.
    ``disarms``: the groups count from zero."""

    kind: str
    needs: Q
    sets: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    refused: Callable[[Alert], str] = lambda alert: f"the alert is {alert.status}"
    disarms: bool = False


def act(alert_id: uuid.UUID, action: Action, by: str, reason: str = "") -> Alert:
    """Raises Conflict when somebody was faster."""
    with transaction.atomic():
        if not perform([alert_id.hex], action, by, reason):
            raise Conflict(action.refused(Alert.objects.select_related("assignee").get(pk=alert_id)))
        return Alert.objects.select_related("assignee").get(pk=alert_id)


def act_on_all(ids: Sequence[str], action: Action, by: str, reason: str = "") -> int:
    """To how many of them it was done; the others were not in the state for it."""
    with transaction.atomic():
        return perform(ids, action, by, reason)


def perform(ids: Sequence[str], action: Action, by: str, reason: str) -> int:
    now = timezone.now()
    if action.disarms:
        disarm(ids, now)
    ready = Alert.objects.filter(action.needs, pk__in=given(ids)).order_by("id").select_for_update(of=("self",))
    found = keys(ready)
    try:
        with transaction.atomic():
            common = Transition(kind=action.kind, at=now, by=by, reason=reason, data=action.data)
            publish_same(found, common, action.sets)
    except IntegrityError as error:
        raise Conflict("a newer alert of the same rule and group is open") from error
    return len(found)


def disarm(ids: Sequence[str], now: datetime) -> None:
    """Also what was merged into these: it has been counted for them."""
    merged = Alert.objects.filter(merged_into__in=given(ids), cleared_at__isnull=True)
    unresolved = Alert.objects.filter(~Q(status="resolved"), pk__in=given(ids))
    names = [set(alerts.values_list("fingerprint", flat=True)) for alerts in (merged, unresolved)]
    windows.disarm(set.union(*names), now)
    merged.update(cleared_at=now)


def note(alert: Alert, kind: str, key: str, by: str, reason: str, data: dict[str, Any]) -> None:
    """Something that others did about the alert, in the transaction in which they keep it; their last statement."""
    transition = change(alert, kind, timezone.now(), key, by, reason)
    transition.data = data
    publish([transition])


def comment(alert_id: uuid.UUID, by: str, text: str) -> Alert:
    with transaction.atomic():
        alert = Alert.objects.select_related("assignee").get(pk=alert_id)
        publish([change(alert, "commented", timezone.now(), uuid.uuid4().hex, by, text)])
        return alert
