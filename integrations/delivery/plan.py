"""Transitions -> deliveries: read on from one position, decide by the routes who hears each, and write it down.

All of a step is one transaction with the position, so whoever is killed in it loses and doubles nothing; several
notifiers take turns. An alert stays with the destinations that heard of it, in the same thread, until its resolution
is told: they hear how it goes on whatever the routes say by then.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from alerts.event import alert_event
from alerts.models import Counter, Transition
from integrations.delivery.joining import Joining
from integrations.models import Delivery, Member, StreamPosition
from integrations.routes.now import Table, calls
from integrations.streams.reading import quiet

NAME = "routes"
AT_ONCE = 200  # transitions in one transaction
OPENING = ("opened", "reopened")


def plan(now: datetime) -> int:
    """How many transitions were read; 0 when there are none, or when another notifier is at it."""
    if not behind():
        return 0
    with transaction.atomic():
        position = StreamPosition.objects.select_for_update(skip_locked=True).filter(name=NAME).first()
        if position is None:
            return 0
        rows = Transition.objects.filter(seq__gt=position.seq).select_related("alert", "alert__assignee")
        transitions = list(rows.order_by("seq")[:AT_ONCE])
        if transitions:
            Planner(transitions, now).run()
            position.seq = transitions[-1].seq
            position.save()
    return len(transitions)


def behind() -> bool:
    """Cheap, for looking often; makes the position where there is none yet."""
    position, _ = StreamPosition.objects.get_or_create(name=NAME)
    return Counter.current("transitions") > position.seq


class Planner:
    """One step: these transitions, in their order."""

    def __init__(self, transitions: Sequence[Transition], now: datetime) -> None:
        self.transitions = transitions
        self.now = now
        self.table = Table.load()
        self.made: list[Delivery] = []

    def run(self) -> None:
        if not self.table.destinations:
            return
        self.joining = Joining({told.alert_id for told in self.transitions}, self.now)
        for told in self.transitions:
            if told.kind == "resolved":
                self.resolve(told)
            elif not quiet(told):
                self.tell(told)
        Delivery.objects.bulk_create(self.made, ignore_conflicts=True)
        self.joining.save()

    def tell(self, told: Transition) -> None:
        members = self.joining.of(told.alert_id)
        for member in members.values():
            self.joining.goes_on(member)
            self.add(told, member)
        event = alert_event(told.alert) | ({"status": "open"} if told.kind in OPENING else {})
        for route, destination in self.table.heard_by(event, told):
            if destination.pk not in self.joining.of(told.alert_id):
                self.add(told, self.joining.join(told, route, destination, event))

    def resolve(self, told: Transition) -> None:
        for member in list(self.joining.of(told.alert_id).values()):
            route = member.thread.route
            self.joining.resolved(member)
            if not quiet(told) and (route is None or route.send_resolved):
                self.add(told, member)

    def add(self, told: Transition, member: Member) -> None:
        """What doesn't call for a notice is told with the next that does."""
        destination = self.table.by_id.get(member.destination_id)
        if destination is None or not calls(told.kind, member.thread.route, destination):
            return
        self.made.append(
            Delivery(
                destination=destination,
                transition=told,
                alert_id=told.alert_id,
                seq=told.seq,
                thread=member.thread,
                planned_at=self.now,
            )
        )
        self.joining.waits(member.thread)
