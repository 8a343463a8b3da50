"""Episodes of a replay as the alerts that live judging would have made of them. None is saved."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from alerts.analyse import ActiveRule
from alerts.episodes import Event
from alerts.event import alert_event, iso
from alerts.lifecycle.shown import show
from alerts.lifecycle.verdicts import new_alert
from alerts.models import Alert, Rule
from alerts.numbering import Numbering
from alerts.replay import Episode, began
from alerts.windows import Outcome
from search.store import moment


class Played(msgspec.Struct):
    """An alert that would have been: ``episodes`` are its first and those that reopened it. Not saved."""

    alert: Alert
    episodes: list[Episode]
    began: int
    ended: int | None

    @property
    def told(self) -> Counter[str]:
        """How often something would have been told, by kind."""
        return Counter(event.kind for episode in self.episodes for event in episode.told)


class Side(msgspec.Struct):
    """What one version of the rule did. ``late``: matches that came too late to be judged."""

    alerts: list[Played]
    matched: int
    late: int

    @property
    def notifications(self) -> int:
        return sum(played.told.total() for played in self.alerts)


def alerts_of(rule: Rule, episodes: Sequence[Episode], numbering: Numbering) -> list[Played]:
    groups: dict[str, list[Episode]] = {}
    for episode in episodes:
        groups.setdefault(episode.fingerprint, []).append(episode)
    active = ActiveRule(rule.spec())
    found = []
    for members in groups.values():
        numbering.renumber(members)
        found += [played(rule, active, parts, numbering) for parts in returning(members)]
    return sorted(found, key=lambda played: (played.began, played.alert.fingerprint))


def returning(episodes: Sequence[Episode]) -> list[list[Episode]]:
    """One group's episodes, those that came back together with the one they came back to."""
    parts: list[list[Episode]] = []
    for episode in episodes:
        if episode.back and parts:
            parts[-1].append(episode)
        else:
            parts.append([episode])
    return parts


def played(rule: Rule, active: ActiveRule, episodes: list[Episode], numbering: Numbering) -> Played:
    first, last = episodes[0], episodes[-1]
    assert last.summary is not None, "whatever opened has been summed up"
    outcome = Outcome(first.fingerprint, active, first.group, [], None)
    opened = Event("opened", first.number)
    alert = new_alert(outcome, opened, None, rule, moment(began(first)))
    alert.id = numbering.alert(first) or alert.id
    show(alert, last.summary)
    alert.episode, alert.severity = last.number, last.severity or rule.severity
    if last.resolved_at is not None:
        alert.status, alert.resolved_at = "resolved", moment(last.resolved_at)
        alert.cleared_at = alert.resolved_at
    return Played(alert, episodes, began(first), last.resolved_at)


def without(alerts: Iterable[Played], others: Iterable[Played]) -> list[Played]:
    """Those for which none of the others was there at the same time for the same group."""
    known: dict[str, list[Played]] = {}
    for other in others:
        known.setdefault(other.alert.fingerprint, []).append(other)
    return [
        played for played in alerts if not any(meet(played, other) for other in known.get(played.alert.fingerprint, ()))
    ]


def meet(one: Played, other: Played) -> bool:
    end = float("inf")
    return one.began <= (other.ended or end) and other.began <= (one.ended or end)


def event(played: Played) -> dict[str, Any]:
    """As the API shows an alert, with what would have been told, and each time that it fired."""
    episodes = [
        {"began": iso(moment(began(one))), "ended": iso(moment(one.resolved_at)) if one.resolved_at else None}
        for one in played.episodes
    ]
    more = {"evidence": played.alert.evidence, "told": dict(played.told), "episodes": episodes}
    return {**alert_event(played.alert), **more}


def span(played: Played, until: datetime) -> tuple[datetime, datetime]:
    """From when to when it was open."""
    start = moment(played.began)
    return start, until if played.ended is None else moment(played.ended)
