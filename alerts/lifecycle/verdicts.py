"""Verdict -> alert opened, repeated, escalated, resolved, reopened: the rule's part in an alert's life.

Ids are derived from what caused them, so that a batch processed again makes the same rows.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime

from alerts.episodes import Event, Summary
from alerts.lifecycle.kin import Kin, family
from alerts.lifecycle.limits import limit
from alerts.lifecycle.shown import SHOWN, show
from alerts.lifecycle.snoozes import woken_by_count
from alerts.lifecycle.transitions import NAMESPACE, change
from alerts.models import Alert, IssueCode, Rule, Transition
from alerts.windows import Outcome
from search.store import moment
from telemetry.storable import storable

# what of an alert its rule changes later
STATE = ("status", "severity", "episode", "resolved_at", "cleared_at")
FOLLOWED = (*SHOWN, *STATE, "snoozed_until", "snoozed_count", "merged_into", "absorbed")


def apply(verdicts: list[Outcome], now: datetime) -> list[Transition]:
    """Bring alerts to where the verdicts say, and queue the transitions (not yet numbered: see ``publish``)."""
    telling = [verdict for verdict in verdicts if verdict.events or verdict.summary]
    if not telling:
        return []
    names = {verdict.fingerprint for verdict in telling}
    latest = latest_alerts(names | family(names))
    kin = Kin(latest.values())
    rules = rules_of(verdict.rule.spec.slug for verdict in telling if begins(verdict))
    changed: list[Alert] = []
    telling, transitions = limit(telling, latest, kin, now)
    for verdict in sorted(telling, key=lambda verdict: verdict.fingerprint):
        rule = rules.get(verdict.rule.spec.slug)
        transitions += follow(verdict, latest.get(verdict.fingerprint), rule, now, changed, kin)
    save(changed)
    return transitions


def begins(verdict: Outcome) -> bool:
    return any(event.kind in ("opened", "reopened") for event in verdict.events)


def latest_alerts(fingerprints: Iterable[str]) -> dict[str, Alert]:
    """By fingerprint, the unresolved alert, else the last one."""
    latest: dict[str, Alert] = {}
    rows = Alert.objects.filter(fingerprint__in=list(fingerprints)).order_by("id")
    for alert in rows.select_for_update():
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
    verdict: Outcome, alert: Alert | None, rule: Rule | None, now: datetime, changed: list[Alert], kin: Kin
) -> list[Transition]:
    """One group's events in order; whose alert is to be saved goes into ``changed``."""
    if alert is not None and (target := kin.target(alert)):
        changed += [alert, target]
        return kin.pass_on(verdict, alert, target, now)
    transitions: list[Transition] = []
    for event in verdict.events:
        if event.kind in ("opened", "reopened"):
            alert, transition = begin(verdict, event, alert, rule, verdict.summary_of(event), now)
            changed.append(alert)
            transitions += [transition] if transition else []
        elif alert is not None and alert.status != "resolved":
            if event.kind == "resolved" and not recover(event, alert, kin, now):
                changed.append(alert)
                continue
            transitions.append(change(alert, event.kind, now, key=f"{event.episode}:{event.count}"))
            transitions[-1].data = {"count": event.count}
            if event.severity:
                alert.severity = event.severity
                transitions[-1].data = {"severity": event.severity}
                changed.append(alert)
            if event.kind == "resolved":
                transitions[-1].event_at, transitions[-1].reason = alert.cleared_at, "recovered"
                changed.append(alert)
    if alert is not None and alert.status != "resolved" and verdict.summary and show(alert, verdict.summary):
        changed.append(alert)
        transitions += woken_by_count(alert, now)
    return transitions


def recover(event: Event, alert: Alert, kin: Kin, now: datetime) -> bool:
    """Its own condition is over; it is resolved unless an alert that was merged into it still fires."""
    assert event.summary is not None
    assert event.at is not None
    show(alert, event.summary)
    alert.cleared_at = moment(event.at)
    if kin.firing(alert):
        return False
    alert.status, alert.resolved_at = "resolved", now
    alert.snoozed_until = alert.snoozed_count = None
    return True


def begin(
    verdict: Outcome, event: Event, alert: Alert | None, rule: Rule | None, summary: Summary, now: datetime
) -> tuple[Alert, Transition | None]:
    """Open a new alert, or the last one again if it is young; an alert that a person holds open is taken over."""
    if alert is not None and alert.status != "resolved":
        alert.cleared_at = None
        return alert, None
    if alert is not None and event.kind == "reopened":
        alert.status, alert.resolved_at, alert.cleared_at = "open", None, None
        alert.severity = rule.severity if rule else alert.severity
        alert.episode = event.episode
        alert.merged_into, alert.absorbed = None, 0
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
