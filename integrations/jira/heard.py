"""What a ticket's site says of it, taken over into its alerts: status, assignee, comments. What we did comes not back.

Everything here goes by comparing what was known with what is: told twice, the second time changes nothing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from alerts import lifecycle
from alerts.models import Alert
from integrations.destinations.kind import Settings
from integrations.jira import adf
from integrations.jira.client import Client, Seen
from integrations.jira.known import BY, known_of, user_of
from integrations.jira.lease import Held
from integrations.models import Ticket

OURS = re.compile(r"/alerts/[0-9a-f-]{36}/#t\d+")  # the link that each comment of ours carries
COMMENT_MOST = 10_000


def alerts_of(ticket: Ticket) -> "QuerySet[Alert, Alert]":
    """Those whose ticket it is: of a rule all that are unresolved, of a group the last one."""
    alerts = Alert.objects.select_related("assignee")
    if ticket.rule_slug:
        return alerts.filter(rule_slug=ticket.rule_slug).exclude(status="resolved").order_by("first_seen")
    return alerts.filter(fingerprint=ticket.problem).order_by("-episode")[:1]


def take_over(held: Held, client: Client, settings: Settings, issue: Seen | None) -> None:
    """To be called with the issue as it is now, None if there is none any more."""
    ticket = held.ticket
    if issue is None:
        held.save(gone=True, look_at=None)
        return
    before = {"done": ticket.done, "assignee": ticket.assignee, "updated": ticket.updated}
    alerts = list(alerts_of(ticket))
    comments = unheard(ticket, client.comments(issue.key)) if before["updated"] != issue.updated else []
    shown = {"key": issue.key, "url": ticket.url_of(issue.key), "status": issue.status}
    lifecycle.ticketed([alert.pk for alert in alerts], shown, BY)
    now = known_of(issue, settings)
    for alert in alerts:
        if now["done"] != before["done"]:
            follow_status(alert, issue, now["done"], settings)
        if now["assignee"] != before["assignee"]:
            follow_assignee(alert, issue)
        for comment in comments:
            overhear(alert, issue, comment)
    heard_upto = max([ticket.heard_upto, *(int(one["id"]) for one in comments)])
    held.save(**now, updated=issue.updated, heard_upto=heard_upto, look_at=None)


def follow_status(alert: Alert, issue: Seen, done: bool, settings: Settings) -> None:
    """Closed there, it is resolved here; opened again there, it is so here, if it was resolved by closing."""
    if done and alert.status != "resolved" and settings.get("resolve", True) and not returned_since(alert, issue):
        how = f"{issue.key} is {issue.status}" + (f" ({issue.resolution})" if issue.resolution else "")
        do(alert, lifecycle.resolving(), how)
    elif not done and alert.status == "resolved" and resolved_there(alert):
        do(alert, lifecycle.reopening(), f"{issue.key} was opened again")


def returned_since(alert: Alert, issue: Seen) -> bool:
    """It was closed before the alert came back: that is no answer to it."""
    closed_at = parse_datetime(issue.resolved_at) if issue.resolved_at else None
    came = alert.transitions.filter(kind__in=("opened", "reopened")).order_by("-seq").first()
    return closed_at is not None and came is not None and closed_at < came.at


def resolved_there(alert: Alert) -> bool:
    last = alert.transitions.filter(kind="resolved").order_by("-seq").first()
    return last is not None and last.by == BY


def follow_assignee(alert: Alert, issue: Seen) -> None:
    """Whom nobody here is known as leaves the alert with whom it is."""
    if issue.assignee is None:
        do(alert, lifecycle.unassigning(), f"nobody is on {issue.key}")
    elif user := user_of(issue.assignee):
        do(alert, lifecycle.assigning(user), f"{issue.who} is on {issue.key}")


def do(alert: Alert, action: lifecycle.Action, why: str) -> bool:
    try:
        lifecycle.act(alert.pk, action, BY, why)
    except lifecycle.Conflict:
        return False  # it is so already, or somebody was faster
    return True


def unheard(ticket: Ticket, comments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Oldest first."""
    fresh = [one for one in comments if int(one["id"]) > ticket.heard_upto and not OURS.search(json.dumps(one["body"]))]
    return sorted(fresh, key=lambda one: int(one["id"]))


def overhear(alert: Alert, issue: Seen, comment: Mapping[str, Any]) -> None:
    author = str((comment.get("author") or {}).get("displayName") or "somebody")
    body = comment["body"]
    said = (body if isinstance(body, str) else adf.words(body)).strip()[:COMMENT_MOST]
    lifecycle.overheard(alert.pk, f"jira:{comment['id']}", f"{author[:100]} in Jira", said, {"from": issue.key})
