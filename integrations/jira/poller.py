"""What changed at the sites: what their webhooks named is asked for at once, everything else every minute.

A webhook is a hint and polling the truth: whatever is missed comes with the next poll.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.destinations.kind import Passing, Permanent, Settings
from integrations.jira.client import Client, Seen, client_of
from integrations.jira.fields import COMMON_LABEL
from integrations.jira.heard import take_over
from integrations.jira.lease import held
from integrations.models import Destination, Polled, Ticket
from integrations.sealed import Unsealable

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=60)
AFTER_TROUBLE = timedelta(seconds=30)
AT_ONCE = 50  # tickets that webhooks named, in one step
PAGE = 200
LATE = timedelta(seconds=5)  # after a failure with one ticket


def step(now: datetime | None = None) -> bool:
    """One look at every site; whether there was anything to do."""
    now = now or timezone.now()
    did = False
    for destination in Destination.objects.filter(kind="jira", enabled=True):
        did = look(destination, now) or did
    return did


def look(destination: Destination, now: datetime) -> bool:
    named = list(Ticket.objects.filter(destination=destination, look_at__lte=now).exclude(key="")[:AT_ONCE])
    due = claim_poll(destination, now)
    if not named and not due:
        return False
    try:
        settings = destination.opened()
        with client_of(settings) as client:
            for ticket in named:
                hear(ticket, client, settings)
            if due:
                poll(destination, client, settings, now)
    except (Passing, Permanent, Unsealable) as error:
        log.warning("%s can't be asked what changed: %s", destination.slug, error)
        trouble = {"trouble": str(error)[:500], "next_at": now + AFTER_TROUBLE}
        Polled.objects.filter(destination=destination).update(**trouble)
    return True


def claim_poll(destination: Destination, now: datetime) -> bool:
    """One notifier polls; the next is due a while after."""
    defaults = {"upto": destination.created_at, "next_at": now}
    Polled.objects.get_or_create(destination=destination, defaults=defaults)
    return bool(Polled.objects.filter(destination=destination, next_at__lte=now).update(next_at=now + EVERY))


def poll(destination: Destination, client: Client, settings: Settings, now: datetime) -> None:
    """By minutes before now: dates in JQL are in the time zone of whose token it is, and know no seconds."""
    polled = Polled.objects.get(destination=destination)
    lag = timedelta(seconds=float(settings.get("lag_seconds") or 60))
    minutes = int((now - polled.upto + lag).total_seconds() // 60) + 2
    jql = f'project = "{client.project}" AND labels = "{COMMON_LABEL}" AND updated >= -{minutes}m ORDER BY updated ASC'
    issues = client.everything(jql, PAGE)
    tickets = {ticket.key: ticket for ticket in Ticket.objects.filter(destination=destination).exclude(key="")}
    for issue in changed(issues, tickets):
        hear(tickets[issue.key], client, settings)
    Polled.objects.filter(destination=destination).update(upto=now, trouble="")


def changed(issues: Iterable[Seen], tickets: dict[str, Ticket]) -> list[Seen]:
    return [issue for issue in issues if issue.key in tickets and tickets[issue.key].updated != issue.updated]


def hear(ticket: Ticket, client: Client, settings: Settings) -> None:
    """The issue is read again under the lease: what a notifier does meanwhile isn't taken for somebody else's doing."""
    try:
        with held(ticket.pk) as ours:
            take_over(ours, client, settings, client.issue(ours.ticket.key))
    except Passing as error:
        log.info("%s is looked at later: %s", ticket.key, error)
        Ticket.objects.filter(pk=ticket.pk).update(look_at=timezone.now() + LATE)


def point_at(destination: Destination, key: str) -> bool:
    """A webhook named it; whether it is a ticket of ours."""
    mine = Ticket.objects.filter(key=key, destination=destination)
    return bool(mine.update(look_at=timezone.now()))
