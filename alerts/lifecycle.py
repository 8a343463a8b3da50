"""Verdict -> alert opened, repeated, resolved, reopened; and what people do to alerts. The only writer of Alert.

Everything here runs inside the caller's transaction, the batch's or the request's, and takes its transitions' numbers
last (see Counter). Ids are derived from what caused them, so that a batch processed again makes the same rows.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from alerts import wake, windows
from alerts.analyse import fingerprint
from alerts.episodes import Event, Summary
from alerts.models import Alert, Counter, IssueCode, Rule, Transition
from alerts.windows import Outcome
from search.store import moment
from telemetry.storable import storable

NAMESPACE = uuid.UUID("6f1d7c1e-6a0e-5e3f-9d0b-0a6f5d3c2b11")
# what ``show`` sets, and what of an alert its rule changes later
SHOWN = ("count", "first_seen", "last_seen", "related_logs", "related_trace_id", "evidence")
FOLLOWED = (*SHOWN, "status", "severity", "episode", "resolved_at", "cleared_at")


DATA_GAP = "data-gap"  # stands where a rule's slug would


class Conflict(Exception):
    """The alert is no longer in the state that the action needs; the message says in which it is."""


def apply(verdicts: list[Outcome], now: datetime) -> list[Transition]:
    """Bring alerts to where the verdicts say, and queue the transitions (not yet numbered: see ``publish``)."""
    telling = [verdict for verdict in verdicts if verdict.events or verdict.summary]
    if not telling:
        return []
    latest = latest_alerts(verdict.fingerprint for verdict in telling)
    rules = rules_of(verdict.rule.spec.slug for verdict in telling if begins(verdict))
    changed: list[Alert] = []
    transitions: list[Transition] = []
    for verdict in sorted(telling, key=lambda verdict: verdict.fingerprint):
        rule = rules.get(verdict.rule.spec.slug)
        transitions += follow(verdict, latest.get(verdict.fingerprint), rule, now, changed)
    save(changed)
    return transitions


def begins(verdict: Outcome) -> bool:
    return any(event.kind in ("opened", "reopened") for event in verdict.events)


def latest_alerts(fingerprints: Iterable[str]) -> dict[str, Alert]:
    """By fingerprint, the unresolved alert, else the last one."""
    latest: dict[str, Alert] = {}
    rows = Alert.objects.filter(fingerprint__in=list(fingerprints)).order_by("id")
    for alert in rows.select_for_update() if connection.features.has_select_for_update else rows:
        known = latest.get(alert.fingerprint)
        if known is None or (known.status == "resolved" and alert.episode > known.episode):
            latest[alert.fingerprint] = alert
    return latest


def rules_of(slugs: Iterable[str]) -> dict[str, Rule]:
    wanted = set(slugs)
    return {rule.slug: rule for rule in Rule.objects.filter(slug__in=wanted).select_related("issue")} if wanted else {}


def save(alerts: list[Alert]) -> None:
    """One statement, in the order of the changes: what is resolved makes room for what opens."""
    once = {alert.pk: alert for alert in alerts}
    Alert.objects.bulk_create(once.values(), update_conflicts=True, unique_fields=["id"], update_fields=FOLLOWED)


def follow(
    verdict: Outcome, alert: Alert | None, rule: Rule | None, now: datetime, changed: list[Alert]
) -> list[Transition]:
    """One group's events in order; whose alert is to be saved goes into ``changed``."""
    transitions: list[Transition] = []
    for event in verdict.events:
        if event.kind in ("opened", "reopened"):
            done = (other.summary for other in verdict.events if other.summary and other.episode == event.episode)
            summary = next(done, verdict.summary)
            assert summary is not None, "an episode is either resolved, with its summary, or the open one"
            alert, transition = begin(verdict, event, alert, rule, summary, now)
            if transition:
                transitions.append(transition)
                changed.append(alert)
        elif alert is not None and alert.status != "resolved":
            transitions.append(change(alert, event.kind, now, key=f"{event.episode}:{event.count}"))
            transitions[-1].data = {"count": event.count}
            if event.severity:
                alert.severity = event.severity
                transitions[-1].data = {"severity": event.severity}
                changed.append(alert)
            if event.kind == "resolved" and event.summary and event.at:
                show(alert, event.summary)
                alert.status, alert.resolved_at, alert.cleared_at = "resolved", now, moment(event.at)
                transitions[-1].event_at, transitions[-1].reason = alert.cleared_at, "recovered"
                changed.append(alert)
    if alert is not None and alert.status != "resolved" and verdict.summary and show(alert, verdict.summary):
        changed.append(alert)
    return transitions


def begin(
    verdict: Outcome, event: Event, alert: Alert | None, rule: Rule | None, summary: Summary, now: datetime
) -> tuple[Alert, Transition | None]:
    """Open a new alert, or the last one again if it is young; an alert that a person holds open is taken over."""
    if alert is not None and alert.status != "resolved":
        return alert, None
    if alert is not None and event.kind == "reopened":
        alert.status, alert.resolved_at = "open", None
        alert.severity = rule.severity if rule else alert.severity
        alert.episode = event.episode
        transition = change(alert, "reopened", now, key=str(event.episode))
        transition.reason = "returned"
    else:
        alert = new_alert(verdict, event, alert, rule, now)
        transition = change(alert, "opened", now, key=str(event.episode))
    show(alert, summary)
    return alert, transition


def new_alert(verdict: Outcome, event: Event, previous: Alert | None, rule: Rule | None, now: datetime) -> Alert:
    spec = verdict.rule.spec
    issue: IssueCode | None = rule.issue if rule else None
    group = storable(verdict.group)
    service = group.get("service")
    return Alert(
        id=uuid.uuid5(NAMESPACE, f"{verdict.fingerprint}:{event.episode}"),
        fingerprint=verdict.fingerprint,
        rule_slug=spec.slug,
        rule_version=spec.version,
        group=group,
        service=service if isinstance(service, str) else "",
        issue_code=issue.code if issue else spec.slug.upper().replace("-", "_"),
        severity=rule.severity if rule else "error",
        message=(rule.message or (issue.title if issue else rule.name)) if rule else spec.slug,
        suggested_fix=issue.suggested_fix if issue else "",
        automation_action=issue.automation_action if issue else "",
        confidence=rule.confidence if rule else 0.9,
        created_at=now,
        episode=event.episode,
        previous=previous,
    )


def show(alert: Alert, summary: Summary) -> bool:
    """Put what is known of the episode into the alert; gives whether anything of it is new."""
    before = [getattr(alert, name) for name in SHOWN]
    evidence = summary.evidence
    alert.count = summary.count
    alert.first_seen, alert.last_seen = moment(summary.first), moment(summary.last)
    alert.related_logs = [record for _, record, _ in evidence.samples]
    alert.related_trace_id = next((trace for _, _, trace in evidence.samples if trace), None)
    alert.evidence = {
        "value": evidence.value,
        "threshold": evidence.threshold,
        "window_start": moment(evidence.window_start).isoformat(),
        "window_end": moment(evidence.window_end).isoformat(),
        "detail": storable(evidence.detail),
    }
    return before != [getattr(alert, name) for name in SHOWN]


def change(alert: Alert, kind: str, now: datetime, key: str, by: str = "system", reason: str = "") -> Transition:
    name = uuid.uuid5(NAMESPACE, f"{alert.id}:{kind}:{key}")
    return Transition(id=name, alert=alert, kind=kind, at=now, by=by, reason=reason)


def publish(transitions: list[Transition]) -> None:
    """Number and write the transitions. To be the last thing that a transaction does."""
    if not transitions:
        return
    newest: dict[uuid.UUID, Alert] = {}
    first = Counter.take("transitions", len(transitions))
    for seq, transition in enumerate(transitions, first):
        transition.seq = transition.alert.seq = seq
        newest[transition.alert_id] = transition.alert
    Alert.objects.bulk_update(newest.values(), ["seq"])
    Transition.objects.bulk_create(transitions)
    wake.after_commit()


def report_gap(topic: str, partition: int, first: int, upto: int, now: datetime) -> Transition:
    """Our own alert: messages were gone before they were read. It stays open until a person resolves it."""
    group = {"topic": topic, "partition": partition}
    name = fingerprint(DATA_GAP, group)
    alert = Alert.objects.filter(fingerprint=name).order_by("-episode").first()
    kind = "repeated"
    if alert is None or alert.status == "resolved":
        kind = "opened"
        episode = alert.episode + 1 if alert else 1
        alert = Alert(
            id=uuid.uuid5(NAMESPACE, f"{name}:{episode}"),
            fingerprint=name,
            rule_slug=DATA_GAP,
            rule_version=0,
            group=group,
            issue_code="DATA_GAP",
            severity="error",
            suggested_fix="Add workers, or keep messages longer than the longest outage of ours",
            confidence=1.0,
            first_seen=now,
            created_at=now,
            episode=episode,
            previous=alert,
        )
    alert.message = (
        f"Messages {first} to {upto - 1} of {topic}-{partition} were deleted before they were read"
        if upto > first
        else f"{topic}-{partition} was made anew: after message {first - 1} it counts from {upto} again"
    )
    alert.count += 1
    alert.last_seen = now
    alert.save()
    transition = change(alert, kind, now, key=f"{first}:{upto}:{now.isoformat()}", reason=alert.message)
    transition.data = {"count": alert.count}
    return transition


# --- what people do -----------------------------------------------------------------------------------------------


def acknowledge(alert_id: uuid.UUID, by: str, reason: str = "") -> Alert:
    return act(alert_id, "acknowledged", "acknowledged", ("open", "snoozed"), by, reason)


def resolve(alert_id: uuid.UUID, by: str, reason: str = "") -> Alert:
    """Resolve by hand; the rule is armed anew and counts from zero."""
    with transaction.atomic():
        name = Alert.objects.values_list("fingerprint", flat=True).get(pk=alert_id)
        windows.disarm(name, timezone.now())
        now = timezone.now()
        unresolved = ("open", "acknowledged", "snoozed")
        return act(alert_id, "resolved", "resolved", unresolved, by, reason, resolved_at=now, cleared_at=now)


def reopen(alert_id: uuid.UUID, by: str, reason: str = "") -> Alert:
    alert = Alert.objects.get(pk=alert_id)
    if Alert.objects.filter(fingerprint=alert.fingerprint).exclude(status="resolved").exclude(pk=alert_id).exists():
        raise Conflict("a newer alert of the same rule and group is open")
    return act(alert_id, "reopened", "open", ("resolved", "acknowledged"), by, reason, resolved_at=None)


def comment(alert_id: uuid.UUID, by: str, text: str) -> Alert:
    with transaction.atomic():
        alert = Alert.objects.get(pk=alert_id)
        publish([change(alert, "commented", timezone.now(), uuid.uuid4().hex, by, text)])
        alert.refresh_from_db()
        return alert


def act(
    alert_id: uuid.UUID, kind: str, status: str, allowed: Iterable[str], by: str, reason: str, **fields: Any
) -> Alert:
    """Compare and swap on the status, so that of two people one wins and the other is told."""
    with transaction.atomic():
        if not Alert.objects.filter(pk=alert_id, status__in=list(allowed)).update(status=status, **fields):
            raise Conflict(f"the alert is {Alert.objects.values_list('status', flat=True).get(pk=alert_id)}")
        alert = Alert.objects.get(pk=alert_id)
        publish([change(alert, kind, timezone.now(), uuid.uuid4().hex, by, reason)])
        alert.refresh_from_db()
        return alert
