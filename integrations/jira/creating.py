"""A ticket is created once, whatever becomes of the answer: docs/decisions says what that rests on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.destinations.kind import Passing, Permanent
from integrations.jira.answers import Unknown
from integrations.jira.client import Client, Seen
from integrations.jira.lease import Held

GAP = 5  # so many keys in a row without an issue are the end of them
WALK = 100
LOOK_AGAIN_SECONDS = 3.0


def obtain(held: Held, client: Client, fields: Callable[[], dict[str, Any]], lag: timedelta) -> tuple[Seen | None, str]:
    """The issue that there was, or None with the key of a new one. Raises Passing while it can't be known whether an
    earlier create has made it: for ``lag`` at most, the time that the site's index may be behind."""
    ticket = held.ticket
    if found := look(client, ticket.label, thorough=ticket.creating_at is not None):
        return found, found.key
    if ticket.creating_at and (rest := ticket.creating_at + lag - timezone.now()) > timedelta(0):
        wait = min(rest.total_seconds(), LOOK_AGAIN_SECONDS)
        raise Unknown("an earlier create was not answered; waiting whether its issue appears", wait)
    asked = fields()
    held.save(creating_at=timezone.now())
    try:
        return None, client.create(asked, ticket.problem, ticket.generation)
    except Unknown:
        if found := look(client, ticket.label, thorough=True):
            return found, found.key
        raise
    except (Passing, Permanent):
        held.save(creating_at=None)  # refused: it was surely not made
        raise


def look(client: Client, label: str, thorough: bool) -> Seen | None:
    """The first issue with our label. ``thorough``: also among those that the index doesn't know yet: their keys follow
    the newest one that it knows, and by its key an issue is seen at once."""
    found = client.search(f'project = "{client.project}" AND labels = "{label}" ORDER BY key ASC')
    mine = [issue for issue in found if label in issue.labels]
    if mine or not thorough:
        return mine[0] if mine else None
    newest = client.search(f'project = "{client.project}" ORDER BY key DESC', most=1)
    number, missed = int(newest[0].key.rpartition("-")[2]) if newest else 0, 0
    for one in range(number + 1, number + WALK):
        issue = client.issue(f"{client.project}-{one}")
        if issue and label in issue.labels:
            return issue
        missed = 0 if issue else missed + 1
        if missed == GAP:
            break
    return None
