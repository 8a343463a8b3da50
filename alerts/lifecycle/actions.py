"""A person's action as a value, done to one alert or to all that a filter chooses.

Both are the same compare and swap: the update asks again for the state that the action needs, so that of two people one
wins and the other is told. Numbers of statements don't grow with the number of alerts.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from alerts import windows
from alerts.lifecycle.transitions import change, publish
from alerts.models import Alert, Transition

AT_ONCE = 5000  # ids in one statement; what databases take has limits


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
        if not perform([alert_id], action, by, reason):
            raise Conflict(action.refused(Alert.objects.select_related("assignee").get(pk=alert_id)))
        return Alert.objects.select_related("assignee").get(pk=alert_id)


def act_on_all(ids: Sequence[uuid.UUID], action: Action, by: str, reason: str = "") -> int:
    """To how many of them it was done; the others were not in the state for it."""
    with transaction.atomic():
        return perform(ids, action, by, reason)


def perform(ids: Sequence[uuid.UUID], action: Action, by: str, reason: str) -> int:
    now = timezone.now()
    if action.disarms:
        disarm(ids, now)
    done = [pk for part in parts(ids) for pk in swap(part, action)]
    name = uuid.uuid4()  # of this doing, of which each transition's id is derived
    publish(
        [
            Transition(
                id=uuid.uuid5(name, str(pk)),
                alert_id=pk,
                kind=action.kind,
                at=now,
                by=by,
                reason=reason,
                data=action.data,
            )
            for pk in done
        ]
    )
    return len(done)


def swap(ids: Sequence[uuid.UUID], action: Action) -> list[uuid.UUID]:
    ready = Alert.objects.filter(action.needs, pk__in=ids).order_by("id").select_for_update(of=("self",))
    found = list(ready.values_list("pk", flat=True))
    try:
        with transaction.atomic():
            Alert.objects.filter(pk__in=found).update(**action.sets)
    except IntegrityError as error:
        raise Conflict("a newer alert of the same rule and group is open") from error
    return found


def disarm(ids: Sequence[uuid.UUID], now: datetime) -> None:
    """Also what was merged into these: it has been counted for them."""
    unresolved = ~Q(status="resolved")
    for part in parts(ids):
        merged = Alert.objects.filter(merged_into__in=part, cleared_at__isnull=True)
        names = set(merged.values_list("fingerprint", flat=True))
        names |= set(Alert.objects.filter(unresolved, pk__in=part).values_list("fingerprint", flat=True))
        windows.disarm(names, now)
        merged.update(cleared_at=now)


def parts(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def comment(alert_id: uuid.UUID, by: str, text: str) -> Alert:
    with transaction.atomic():
        alert = Alert.objects.select_related("assignee").get(pk=alert_id)
        publish([change(alert, "commented", timezone.now(), uuid.uuid4().hex, by, text)])
        return alert
