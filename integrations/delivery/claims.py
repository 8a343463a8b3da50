"""Claims: one notifier at a time tells a thread, for the time of a lease; what it tells is fixed before it is tried.

A claim is a compare-and-set in one transaction with the choice of what the notice holds, so a notifier that is killed
leaves a notice that the next one tells under the same key.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from integrations.delivery import circuits
from integrations.destinations import KINDS
from integrations.models import Delivery, Destination, Thread
from integrations.routes.timing import repeat_at

LEASE = timedelta(seconds=15)  # renewed while it is being told; so long a notice waits after a kill
LOOK_AGAIN = timedelta(seconds=1)  # for one that waits for the same alert's earlier transition in another thread
CANDIDATES = 8
MOST = 200  # deliveries in one notice


class Claim(NamedTuple):
    """``token`` proves that it is still ours; ``tries``: how often it has failed."""

    thread: Thread
    destination: Destination
    token: uuid.UUID
    at: datetime
    notice: str
    deliveries: Sequence[Delivery]


def due(now: datetime) -> "QuerySet[Thread, Thread]":
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return Thread.objects.filter(free, due_at__lte=now, destination__enabled=True, destination__kind__in=list(KINDS))


def due_at(now: datetime, most: int) -> list[tuple[int, int]]:
    """The destinations that may be told something now, and how much, counted up to ``most``: what is due can be much,
    where one has been silent for days, and it must not cost the others time."""
    some = Exists(due(now).filter(destination=OuterRef("pk")))
    open_to = Destination.objects.filter(some).exclude(circuit__probe_at__gt=now)
    return [(pk, due(now).filter(destination=pk)[:most].count()) for pk in open_to.values_list("pk", flat=True)]


def claim(destination: Destination, now: datetime) -> Claim | None:
    """The destination's next notice, or None if there is none to be had."""
    rows = due(now).filter(destination=destination).order_by("due_at")
    candidates = list(rows.values_list("pk", flat=True)[:CANDIDATES])
    circuit = circuits.of(destination) if candidates else None
    if circuit and circuits.shut(circuit, now):
        return None
    for pk in candidates:
        with transaction.atomic():
            thread = rows.filter(pk=pk).select_for_update(of=("self",), skip_locked=True).first()
            if thread is None:
                continue
            if not (deliveries := chosen(thread, now)):
                continue
            if circuit and not circuits.admits(circuit, now):
                transaction.set_rollback(True)
                return None
            thread.claim, thread.leased_until = uuid.uuid4(), now + LEASE
            thread.save()
            return Claim(thread, destination, thread.claim, now, thread.notice, deliveries)
    return None


def chosen(thread: Thread, now: datetime) -> list[Delivery]:
    """What the notice holds; empty if nothing is to be told yet, and then the thread says when there will be."""
    waiting = thread.deliveries.filter(state="waiting").select_related("alert", "alert__assignee", "transition")
    if thread.notice:
        if kept := list(waiting.filter(notice=thread.notice).order_by("seq")):
            return kept
        thread.notice, thread.tries, thread.failing_since = "", 0, None  # what it held was pruned
    found = list(free(waiting.filter(notice="")).order_by("seq")[:MOST])
    mute([one for one in found if one.alert.muted_by], now)
    deliveries = [one for one in found if not one.alert.muted_by] or repeats(thread, now)
    if not deliveries:
        rest(thread, now)
        thread.save()
        return []
    thread.notice = uuid.uuid4().hex
    Delivery.objects.filter(pk__in=[one.pk for one in deliveries]).update(notice=thread.notice)
    return deliveries


def free(waiting: "QuerySet[Delivery, Delivery]") -> "QuerySet[Delivery, Delivery]":
    """Without those before which the destination has to be told of an earlier transition, in another thread."""
    earlier = Delivery.objects.filter(
        destination=OuterRef("destination"), alert=OuterRef("alert"), seq__lt=OuterRef("seq"), state="waiting"
    ).exclude(thread=OuterRef("thread"))
    return waiting.filter(~Exists(earlier))


def mute(muted: Sequence[Delivery], now: datetime) -> None:
    """Muted since they were planned: the end of the mute is told, if it still fires."""
    if muted:
        Delivery.objects.filter(pk__in=[one.pk for one in muted]).update(state="muted", settled_at=now)


def repeats(thread: Thread, now: datetime) -> list[Delivery]:
    """The alerts that still fire, unacknowledged, told again when that is due."""
    at = repeat_at(thread.times(), thread.told_at)
    if at is None or at > now:
        return []
    told = thread.deliveries.filter(state="told", alert__status="open", alert__muted_by="")
    firing = told.filter(alert__in=thread.members.filter(resolved=False).values("alert"))
    last = firing.values("alert").annotate(last=Max("seq")).values_list("last", flat=True)
    again = [
        Delivery(
            destination_id=thread.destination_id,
            transition=one.transition,
            repeat=one.repeat + 1,
            alert=one.alert,
            seq=one.seq,
            thread=thread,
            planned_at=now,
        )
        for one in latest(firing.filter(seq__in=list(last[:MOST])))
    ]
    return Delivery.objects.bulk_create(again)


def latest(told: "QuerySet[Delivery, Delivery]") -> list[Delivery]:
    """Of each alert the last."""
    rows = told.select_related("alert", "alert__assignee", "transition").order_by("seq", "repeat")
    return sorted({one.alert_id: one for one in rows}.values(), key=lambda one: one.seq)


def rest(thread: Thread, now: datetime) -> bool:
    """Nothing is to be told now: until when, or for good where no alert is left. Whether something waits."""
    waiting = set(thread.deliveries.filter(state="waiting").values_list("alert", flat=True))
    members = dict(thread.members.values_list("alert", "resolved"))
    if gone := [alert for alert, resolved in members.items() if resolved and alert not in waiting]:
        thread.members.filter(alert__in=gone).delete()
    if waiting:
        thread.due_at = now + LOOK_AGAIN
    elif len(gone) == len(members):
        thread.due_at, thread.ended_at = None, thread.ended_at or now
    else:
        at = repeat_at(thread.times(), thread.told_at)
        thread.due_at = at if at is None or at > now else repeat_at(thread.times(), now)
    return bool(waiting)


def renew(tokens: Sequence[uuid.UUID], now: datetime) -> None:
    Thread.objects.filter(claim__in=tokens).update(leased_until=now + LEASE)
