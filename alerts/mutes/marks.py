"""Transitions about to be published are marked with what mutes them, and alerts with what mutes them now.

An alert is judged as it opens. From then on it keeps its mark until turns.py says that it has changed, so that nothing
is quiet without its end being told. A resolution is told to those who heard of the problem, muted or not.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from alerts.given import given
from alerts.matching import COLUMNS, Candidate, Rows, concerned
from alerts.models import Alert, Transition
from alerts.mutes import kept
from alerts.mutes.inhibition import InhibitionSpec
from alerts.mutes.judge import Mutes, muted
from query import matcher

OPENING = ("opened", "reopened")
ALIKE = {"service", "severity", "issue_code", "rule"}  # what an alert and all that hang together with it may share
HEARD = (*OPENING, "unmuted")  # what tells of a problem


def mark(transitions: Sequence[Transition], now: datetime) -> None:
    alerts = known(transitions)
    before = {alert.pk: alert.muted_by for alert in alerts.values()}
    opening = [alerts[told.alert_id] for told in transitions if told.kind in OPENING]
    judged = judge(opening, now) if opening else {}
    for place, told in enumerate(transitions):
        alert = alerts[told.alert_id]
        if told.kind in OPENING:
            alert.muted_by = judged.get(str(alert.pk), "")
        told.muted_by = alert.muted_by
        if told.kind == "resolved":
            told.muted_by = "" if heard(alert, transitions[:place]) else alert.muted_by
            alert.muted_by = ""
    save([alert for alert in alerts.values() if alert.muted_by != before[alert.pk]])


def apart(ids: Sequence[str], kind: str, now: datetime) -> list[Alert]:
    """Of many alerts to which the same is done, those whose transition needs ``mark``; the rest stays as it was."""
    if kind not in (*OPENING, "resolved"):
        return []
    alerts = Alert.objects.filter(pk__in=given(ids)).select_related("assignee").order_by("id")
    open_to_mutes = kind in OPENING and kept.load(now).in_force(now)
    return list(alerts if open_to_mutes else alerts.exclude(muted_by=""))


def known(transitions: Sequence[Transition]) -> dict[UUID, Alert]:
    """The alerts; one object each, the transitions' own where they have it."""
    alerts = {told.alert_id: told.alert for told in transitions if Transition.alert.is_cached(told)}
    missing = {told.alert_id for told in transitions} - set(alerts)
    return alerts | (Alert.objects.in_bulk(missing) if missing else {})


def judge(opening: Sequence[Alert], now: datetime) -> dict[str, str]:
    mutes = kept.load(now)
    if not mutes.in_force(now):
        return {}
    events = {str(alert.pk): Candidate(alert) for alert in opening}
    found = muted(Mutes(mutes.silences, mutes.maintenance), events.values(), now)
    targeting = [rule for rule in mutes.inhibitions if any(map(matcher(rule.target, "alerts"), events.values()))]
    if targeting:
        around = {str(row.id): Candidate(row) for row in near(targeting, opening)} | events
        found = muted(Mutes(inhibitions=tuple(targeting)), around.values(), now) | found
    return found


def near(rules: Sequence[InhibitionSpec], opening: Sequence[Alert]) -> Rows:
    """The alerts that fire and could mute these, or be muted by them."""
    queries = [query for rule in rules for query in (rule.source, rule.target)]
    equal = {name for rule in rules for name in rule.equal}
    either, firing = concerned(Alert.objects.exclude(status="resolved"), queries, equal | {"created_at", "status"})
    for name in set.intersection(*(set(rule.equal) for rule in rules)) & ALIKE:
        firing = firing.filter(**{f"{COLUMNS.get(name, name)}__in": {Candidate(alert).get(name) for alert in opening}})
    return firing.filter(either)


def unresolved() -> QuerySet[Alert]:
    return Alert.objects.filter(~Q(status="resolved")).select_related("assignee").defer("evidence")


def heard(alert: Alert, earlier: Sequence[Transition]) -> bool:
    """Whether the last that was to tell of this problem was told."""
    if not alert.muted_by:
        return True
    told = [transition.muted_by for transition in earlier if transition.alert_id == alert.pk and says(transition)]
    if not told:
        stored = Transition.objects.filter(alert=alert, kind__in=HEARD).order_by("seq")
        since = stored.filter(kind__in=OPENING).order_by("-seq").values_list("seq", flat=True).first() or 0
        told = list(stored.filter(seq__gte=since).values_list("muted_by", flat=True))
    return "" in told


def says(transition: Transition) -> bool:
    return transition.kind in HEARD


def save(alerts: Sequence[Alert]) -> None:
    by_mark: dict[str, list[UUID]] = {}
    for alert in alerts:
        by_mark.setdefault(alert.muted_by, []).append(alert.pk)
    for mark, ids in sorted(by_mark.items()):
        Alert.objects.filter(pk__in=ids).update(muted_by=mark)
