"""Where a ticket and its alert don't say the same: listed, and settled by a person in favour of one side."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from django.conf import settings as site_settings
from django.contrib.auth.models import User

from alerts import lifecycle
from alerts.event import alert_event
from alerts.models import Alert
from integrations.destinations.kind import Permanent, Told
from integrations.jira.byhand import create
from integrations.jira.client import Client, client_of
from integrations.jira.heard import take_over
from integrations.jira.known import known_of
from integrations.jira.lease import held
from integrations.jira.tickets import Writer
from integrations.models import Ticket

LAST = 2000  # tickets that are compared
What = Literal["status", "assignee", "gone"]
Side = Literal["here", "there"]


class Difference(NamedTuple):
    ticket: Ticket
    alert: Alert
    what: What
    here: str
    there: str


def differences() -> list[Difference]:
    """By what was heard last: the newest tickets first."""
    tickets = list(Ticket.objects.exclude(key="").select_related("destination").order_by("-pk")[:LAST])
    alerts = newest(tickets)
    return [
        Difference(ticket, alerts[ticket.problem], *one)
        for ticket in tickets
        if ticket.problem in alerts
        for one in compare(ticket, alerts[ticket.problem], ticket.destination.settings)
    ]


def newest(tickets: Sequence[Ticket]) -> dict[str, Alert]:
    """The alert that each ticket is compared with, by the problem: the last one; of a rule's the last unresolved."""
    names = [ticket.problem for ticket in tickets if not ticket.rule_slug]
    rules = {ticket.rule_slug: ticket.problem for ticket in tickets if ticket.rule_slug}
    alerts = Alert.objects.select_related("assignee")
    found = {alert.fingerprint: alert for alert in alerts.filter(fingerprint__in=names).order_by("episode")}
    of_rules = alerts.filter(rule_slug__in=rules).exclude(status="resolved").order_by("first_seen")
    return found | {rules[alert.rule_slug]: alert for alert in of_rules}


def compare(ticket: Ticket, alert: Alert, settings: Mapping[str, Any]) -> list[tuple[What, str, str]]:
    firing = alert.status != "resolved"
    if ticket.gone:
        return [("gone", alert.status, "deleted")] if firing else []
    found: list[tuple[What, str, str]] = []
    left_open = not ticket.done and settings.get("on_recovered") == "transition"
    if ticket.done if firing else left_open:
        found.append(("status", alert.status, ticket.status))
    who = alert.assignee.get_username() if alert.assignee else ""
    if firing and who != (ticket.assignee_here or ticket.assignee):
        found.append(("assignee", who or "nobody", ticket.assignee or "nobody"))
    return found


def settle(difference: Difference, side: Side, by: str) -> None:
    """Let one side's state be the other's too. Raises Passing, Permanent, Unsealable, lifecycle.Conflict."""
    ticket, alert, what = difference.ticket, difference.alert, difference.what
    settings = ticket.destination.opened()
    if what == "gone":
        settle_gone(ticket, alert, side, by)
    elif side == "there":
        settle_here(ticket, alert, what, by)
    else:
        with held(ticket.pk) as ours, client_of(settings) as client:
            take_over(ours, client, settings, client.issue(ticket.key))
            if what == "status":
                told = Told(alert_event(alert), [])
                Writer(ours, client, settings, told, site_settings.SITE_URL).move(done=alert.status == "resolved")
            else:
                client.assign(ticket.key, account(client, alert))
                if issue := client.issue(ticket.key):
                    ours.save(**known_of(issue, settings))
            lifecycle.ticketed([alert.pk], ours.ticket.shown(), by)


def settle_here(ticket: Ticket, alert: Alert, what: What, by: str) -> None:
    why = f"as {ticket.key} says"
    if what == "status":
        lifecycle.act(alert.pk, lifecycle.resolving() if ticket.done else lifecycle.reopening(), by, why)
    elif not ticket.assignee:
        lifecycle.act(alert.pk, lifecycle.unassigning(), by, why)
    elif user := active(ticket.assignee_here):
        lifecycle.act(alert.pk, lifecycle.assigning(user), by, why)
    else:
        raise Permanent(f"no user here is known as {ticket.assignee}")


def settle_gone(ticket: Ticket, alert: Alert, side: Side, by: str) -> None:
    """Ours: there is to be a ticket, so a new one is made. Theirs: there is to be none."""
    if side == "here":
        create(alert, ticket.destination, by)
        return
    with held(ticket.pk) as ours:
        ours.save(key="", previous_key=ticket.key, generation=ticket.generation + 1, gone=False)
    lifecycle.ticketed([alert.pk], None, by, f"{ticket.key} was deleted")


def account(client: Client, alert: Alert) -> Mapping[str, Any] | None:
    """Whom Jira knows by the e-mail or the name of the alert's assignee."""
    if alert.assignee is None:
        return None
    email, name = alert.assignee.email, alert.assignee.get_username()
    for person in client.assignable(email or name):
        if name == person.get("name") or (email and email.casefold() == str(person.get("emailAddress")).casefold()):
            return person
    raise Permanent(f"Jira knows nobody by the e-mail or the name of {name}")


def active(name: str) -> User | None:
    return User.objects.filter(username=name, is_active=True).first()
