"""Which alerts are told where, and in which thread: read, changed and saved within one step of the planner.

Threads are locked before their members are read, so that nobody ends one meanwhile.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from alerts.models import Transition
from integrations.models import Destination, Member, Route, Thread
from integrations.routes.timing import due
from integrations.routes.where import group_of


class Joining:
    def __init__(self, alerts: Collection[UUID], now: datetime) -> None:
        self.now = now
        members = Member.objects.filter(alert__in=alerts)
        held = Thread.objects.filter(pk__in=members.values("thread")).order_by("pk").select_for_update()
        self.threads = {thread.pk: thread for thread in held}
        self.routes = {route.pk: route for route in Route.objects.all()}
        self.members: dict[UUID, dict[int, Member]] = {}
        self.open: dict[tuple[int, str], Thread] = {}
        self.changed: dict[UUID, Thread] = {}
        for member in members.filter(thread__in=self.threads):
            member.thread = self.known(self.threads[member.thread_id])
            self.members.setdefault(member.alert_id, {})[member.destination_id] = member

    def of(self, alert: UUID) -> dict[int, Member]:
        """By destination."""
        return self.members.get(alert, {})

    def join(self, told: Transition, route: Route, destination: Destination, event: Mapping[str, Any]) -> Member:
        group = group_of(route.spec(), event)
        thread = self.thread(route, destination, group)
        member = Member.objects.create(thread=thread, destination=destination, alert_id=told.alert_id, seq=told.seq - 1)
        self.members.setdefault(told.alert_id, {})[destination.pk] = member
        return member

    def thread(self, route: Route, destination: Destination, group: Mapping[str, str]) -> Thread:
        """The group's, which begins now if there is none."""
        place = (destination.pk, key_of(route, group))
        if place not in self.open:
            rows = Thread.objects.filter(destination=destination, key=place[1], ended_at=None)
            found = rows.select_for_update().first()
            self.open[place] = self.known(found) if found else self.begun(route, destination, group)
        return self.open[place]

    def begun(self, route: Route, destination: Destination, group: Mapping[str, str]) -> Thread:
        key = key_of(route, group)
        return Thread.objects.create(destination=destination, route=route, key=key, group=group, begun_at=self.now)

    def known(self, thread: Thread) -> Thread:
        """One object for each, with its route."""
        thread = self.threads.setdefault(thread.pk, thread)
        thread.route = self.routes.get(thread.route_id) if thread.route_id else None
        if thread.ended_at is None:
            self.open.setdefault((thread.destination_id, thread.key), thread)
        return thread

    def goes_on(self, member: Member) -> None:
        """It was resolved, and that has not been told yet, or not only that."""
        if member.resolved:
            member.resolved = False
            member.save(update_fields=["resolved"])

    def resolved(self, member: Member) -> None:
        """It leaves the thread when this is told."""
        member.resolved = True
        member.save(update_fields=["resolved"])
        self.waits(member.thread)

    def waits(self, thread: Thread) -> None:
        """There is something to do. A notice on its way is let be: when it is settled this is seen."""
        if thread.notice:
            return
        at = due(thread.times(), self.now, thread.begun_at, thread.told_at)
        if thread.due_at is None or at < thread.due_at:
            thread.due_at = at
            self.changed[thread.pk] = thread

    def save(self) -> None:
        Thread.objects.bulk_update(self.changed.values(), ["due_at"])


def key_of(route: Route, group: Mapping[str, str]) -> str:
    return hashlib.sha256(msgspec.json.encode((route.pk, sorted(group.items())))).hexdigest()
