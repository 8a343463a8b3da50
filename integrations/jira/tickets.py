"""What happened to an alert goes into its ticket, which is found or made: one for each problem, written by one."""

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from alerts import lifecycle
from alerts.analyse import fingerprint
from alerts.models import Alert
from integrations.destinations.kind import Passing, Permanent, Settings, Told
from integrations.jira import fields, text
from integrations.jira.client import Client, Seen, client_of
from integrations.jira.creating import obtain
from integrations.jira.evidence import lines
from integrations.jira.heard import take_over
from integrations.jira.known import BY, is_done, known_of
from integrations.jira.lease import Held, held
from integrations.jira.plan import State, Step, policy, steps
from integrations.models import Destination, Ticket

log = logging.getLogger(__name__)

LAG_SECONDS = 60.0
WORDS: dict[str, str] = {
    "again": "Still happening: {{ count }} times by now, last {{ last_seen }}.",
    "back": "It is back: {{ count }} times, last {{ last_seen }}.",
    "worse": "It got worse: {{ severity }} now, {{ count }} times, last {{ last_seen }}.",
    "recovered": "Recovered: it happened {{ count }} times, last {{ last_seen }}.",
}


def tell(settings: Settings, destination: Destination, told: Told, site: str, by: str = BY) -> str:
    """Gives what was done, in words. Raises Passing, Permanent."""
    event = told.alert
    ticket = ticket_of(destination, settings, event)
    state = State(bool(ticket.key), ticket.done, ticket.resolution, None, ticket.commented_at, ticket.gone)
    todo = planned(ticket, told, settings, state)  # by what we know without asking
    if not todo and not (remarks(told) and ticket.key) and not differs(ticket, event):
        return f"nothing to add to {ticket.key}" if ticket.key else "no ticket is needed"
    with held(ticket.pk) as ours, client_of(settings) as client:
        return Writer(ours, client, settings, told, site).write(by)


def ticket_of(destination: Destination, settings: Settings, event: Mapping[str, Any]) -> Ticket:
    problem, slug = problem_of(settings, event)
    ticket, _ = Ticket.objects.get_or_create(destination=destination, problem=problem, defaults={"rule_slug": slug})
    return ticket


def problem_of(settings: Settings, event: Mapping[str, Any]) -> tuple[str, str]:
    """What has one ticket for life, and the rule's slug where that is all of a rule's alerts."""
    rule = str(event["rule"])
    if settings.get("one_per") == "rule":
        return hashlib.sha256(f"rule:{rule}".encode()).hexdigest(), rule
    return fingerprint(rule, dict(event["group"])), ""


def planned(ticket: Ticket, told: Told, settings: Settings, state: State) -> list[Step]:
    kinds = {one["kind"] for one in told.transitions}
    if ticket.alert_id == UUID(told.alert["id"]):
        kinds -= {"opened", "unmuted"}  # it is what the ticket was made for, told again
    return steps(kinds, fires(ticket, told.alert), state, policy(settings), timezone.now())


def fires(ticket: Ticket, event: Mapping[str, Any]) -> bool:
    """A rule's ticket is done with when none of its alerts is left."""
    if event["status"] != "resolved":
        return True
    others = Alert.objects.filter(rule_slug=ticket.rule_slug).exclude(status="resolved")
    return bool(ticket.rule_slug) and others.exists()


def differs(ticket: Ticket, event: Mapping[str, Any]) -> bool:
    return bool(ticket.key) and event["status"] != "resolved" and event.get("ticket") != ticket.shown()


def remarks(told: Told) -> Sequence[dict[str, Any]]:
    """What people wrote here; not what came from a ticket."""
    return [one for one in told.transitions if one["kind"] == "commented" and "from" not in one.get("data", {})]


class Writer:
    """A ticket in hand, and what goes into it."""

    def __init__(self, ours: Held, client: Client, settings: Settings, told: Told, site: str) -> None:
        self.held, self.client, self.settings, self.told, self.site = ours, client, settings, told, site
        self.event = told.alert
        self.known = text.facts(self.event, lines(self.event), site)

    @property
    def ticket(self) -> Ticket:
        return self.held.ticket

    def write(self, by: str) -> str:
        issue = self.look()
        state = self.state(issue)
        todo = planned(self.ticket, self.told, self.settings, state)
        seq = max((one["seq"] for one in self.told.transitions), default=0)
        for step in todo:
            self.do(step, seq)
        if self.settings.get("tell_comments", True) and self.ticket.key and not state.gone:
            for one in remarks(self.told):
                self.comment(f"{one['by']} wrote in StackLens: {one['reason']}", one["seq"])
        if not self.ticket.key or self.ticket.gone:
            return "no ticket is needed"
        self.held.save(alert_id=UUID(self.event["id"]))
        lifecycle.ticketed([UUID(self.event["id"])], self.ticket.shown(), by)
        return f"{self.ticket.key}: {', '.join(todo) or 'up to date'}"

    def look(self) -> Seen | None:
        """The issue as it is now, if there is one. What people did to it meanwhile is taken over on the way."""
        if not self.ticket.key:
            return None
        issue = self.client.issue(self.ticket.key)
        take_over(self.held, self.client, self.settings, issue)
        return issue

    def state(self, issue: Seen | None) -> State:
        if issue is None:
            return State(bool(self.ticket.key), gone=bool(self.ticket.key))
        done = is_done(issue, self.settings)
        resolved_at = parse_datetime(issue.resolved_at) if issue.resolved_at else None
        return State(True, done, issue.resolution or issue.status, resolved_at, self.ticket.commented_at)

    def do(self, step: Step, seq: int) -> None:
        if step == "create":
            self.create()
        elif step == "succeed":
            self.succeed()
        elif step == "reopen":
            self.move(done=False)
        elif step == "close":
            self.move(done=True)
        elif step == "refresh":
            self.client.edit(self.ticket.key, self.refreshed())
        else:
            self.comment(WORDS[step], seq)
            self.held.save(commented_at=timezone.now())

    def create(self) -> None:
        lag = timedelta(seconds=float(self.settings.get("lag_seconds") or LAG_SECONDS))
        issue, key = obtain(self.held, self.client, self.fields, lag)
        if self.ticket.previous_key:
            self.link(key, self.ticket.previous_key)
        made = {"key": key, "creating_at": None, "commented_at": timezone.now(), "alert_id": UUID(self.event["id"])}
        found = known_of(issue, self.settings) if issue else {"status": "", "done": False, "resolution": ""}
        self.held.save(**(found | made | {"gone": False}))
        if issue is None:
            self.see(key)

    def see(self, key: str) -> None:
        """The state that it was made in. If it can't be asked for now, it is heard of like any change."""
        with suppress(Passing, Permanent):
            if issue := self.client.issue(key):
                self.held.save(**known_of(issue, self.settings))

    def fields(self) -> dict[str, Any]:
        meta = self.client.meta(str(self.settings.get("issue_type") or "Bug")) if self.settings.get("fields") else {}
        severity = str(self.event["severity"])
        return fields.of_issue(self.settings, self.known, severity, self.ticket.label, meta)

    def refreshed(self) -> dict[str, Any]:
        found: dict[str, Any] = {"description": fields.description(self.settings, self.known)}
        if priority := (self.settings.get("priorities") or {}).get(self.event["severity"]):
            found["priority"] = {"name": priority}
        return found

    def succeed(self) -> None:
        """The next ticket of this problem, linked to the one before."""
        before = self.ticket.key
        self.held.save(
            generation=self.ticket.generation + 1, key="", previous_key=before, creating_at=None, gone=False, done=False
        )
        self.create()

    def link(self, new: str, old: str) -> None:
        """Without it the ticket is as good; it must not be made again for want of a permission to link."""
        try:
            self.client.link(str(self.settings.get("link_type") or "Relates"), new, old)
        except Permanent as refused:
            log.warning("%s and %s were not linked: %s", new, old, refused)

    def move(self, done: bool) -> None:
        """By the first way that leads to where it is to be; to a state of the settings before any other."""
        wanted = [name.casefold() for name in self.settings.get("done_states") or ()]
        ways = self.client.transitions(self.ticket.key)
        fit = [way for way in ways if leads_to_done(way, wanted) == done]
        if not fit:
            raise Permanent(
                f"{self.ticket.key} can't be {'closed' if done else 'opened again'} from {self.ticket.status}"
            )
        order = sorted(fit, key=lambda way: place(wanted, way["to"]["name"])) if done else fit
        self.client.transition(self.ticket.key, str(order[0]["id"]))
        if issue := self.client.issue(self.ticket.key):
            self.held.save(**known_of(issue, self.settings))  # our own doing, so that it doesn't come back

    def comment(self, words: str, seq: int) -> None:
        """Once: ours carry a link that names the transition."""
        mark = f"#t{seq}"
        if any(re.search(rf"{mark}\b", json.dumps(one.get("body"))) for one in self.client.comments(self.ticket.key)):
            return
        said = text.filled(words, self.known) if words in WORDS.values() else [text.plain(words)]
        link = text.Link("StackLens", f"{self.site}{self.event['url']}{mark}")
        self.client.comment(self.ticket.key, fields.body([text.Paragraph([*said, " ", link])], self.client.cloud))


def leads_to_done(way: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    to = way.get("to") or {}
    return (to.get("statusCategory") or {}).get("key") == "done" or str(to.get("name", "")).casefold() in wanted


def place(wanted: Sequence[str], name: str) -> int:
    return wanted.index(name.casefold()) if name.casefold() in wanted else len(wanted)
