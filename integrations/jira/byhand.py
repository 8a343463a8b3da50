"""A ticket that a person asks for: made at once, or one that there is already."""

from uuid import UUID

from django.conf import settings as site_settings

from alerts import lifecycle
from alerts.event import alert_event
from alerts.models import Alert
from integrations.destinations.kind import Permanent, Told
from integrations.jira.client import client_of
from integrations.jira.fields import COMMON_LABEL
from integrations.jira.known import known_of
from integrations.jira.lease import held
from integrations.jira.plan import ASKED
from integrations.jira.tickets import tell, ticket_of
from integrations.models import Destination


def create(alert: Alert, destination: Destination, by: str) -> str:
    """Gives what was done, in words. Raises Passing, Permanent, Unsealable."""
    if alert.status == "resolved":
        raise Permanent("the alert is resolved")
    asked = {"kind": ASKED, "at": "", "by": by, "reason": "", "data": {}, "seq": alert.seq}
    told = Told(alert_event(alert), [asked])
    return tell(destination.opened(), destination, told, site_settings.SITE_URL, by)


def link(alert: Alert, destination: Destination, key: str, by: str) -> None:
    """From now on this issue is the problem's ticket; it carries our label and property like one that we made."""
    settings = destination.opened()
    ticket = ticket_of(destination, settings, alert_event(alert))
    with held(ticket.pk) as ours, client_of(settings) as client:
        issue = client.issue(key)
        if issue is None:
            raise Permanent(f"there is no {key}, or it may not be seen")
        ticket = ours.ticket
        another = bool(ticket.key) and ticket.key != issue.key
        if another:
            ours.save(generation=ticket.generation + 1, previous_key=ticket.key)
        client.remember(issue.key, ticket.problem, ticket.generation)
        for label in (COMMON_LABEL, ticket.label):
            client.add_label(issue.key, label)
        ours.save(**known_of(issue, settings), creating_at=None, alert_id=UUID(str(alert.pk)))
        lifecycle.ticketed([alert.pk], ticket.shown(), by, "linked by hand")
