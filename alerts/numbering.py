"""The numbers that live judging gave to a rule's episodes, so that a replay from the middle can give the same.

An alert's id comes from the number of its first episode. The n-th time that an alert resolved was the end of its n-th
episode, by the rule's own time; the same end in a replay is the same episode.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from alerts.models import Alert, Transition
from alerts.replay import Episode
from search.store import moment


class Numbering:
    """``ends``: the number of the episode that ended then. ``alerts``: first and last number, and whose they are."""

    def __init__(self, slug: str) -> None:
        self.ends: dict[tuple[str, datetime], int] = {}
        self.alerts: dict[str, list[tuple[int, int, uuid.UUID]]] = {}
        self.going_on: dict[str, int] = {}
        turns = turns_of(slug)
        for alert in Alert.objects.filter(rule_slug=slug).only("fingerprint", "episode", "status"):
            resolved, back = turns.get(alert.pk, ([], 0))
            first = alert.episode - back
            self.alerts.setdefault(alert.fingerprint, []).append((first, alert.episode, alert.pk))
            self.ends |= {(alert.fingerprint, at): number for number, at in enumerate(resolved, first)}
            if alert.status != "resolved":
                self.going_on[alert.fingerprint] = alert.episode

    def renumber(self, episodes: Sequence[Episode]) -> None:
        """Give one group's episodes, in order, the numbers of those that ended when they did."""
        for episode in reversed(episodes):
            known = self.number(episode)
            if known is not None:
                shift = known - episode.number
                for other in episodes:
                    other.number += shift
                return

    def number(self, episode: Episode) -> int | None:
        if episode.resolved_at is None:
            return self.going_on.get(episode.fingerprint)
        return self.ends.get((episode.fingerprint, moment(episode.resolved_at)))

    def alert(self, episode: Episode) -> uuid.UUID | None:
        """The alert that the episode was a part of."""
        owners = self.alerts.get(episode.fingerprint, [])
        return next((pk for first, last, pk in owners if first <= episode.number <= last), None)


def turns_of(slug: str) -> dict[uuid.UUID, tuple[list[datetime], int]]:
    """By alert: when it resolved by itself, and how often it came back."""
    turns: dict[uuid.UUID, tuple[list[datetime], int]] = {}
    rows = Transition.objects.filter(alert__rule_slug=slug, by="system", kind__in=("resolved", "reopened"))
    for alert, kind, event_at in rows.order_by("seq").values_list("alert_id", "kind", "event_at"):
        resolved, back = turns.get(alert, ([], 0))
        if kind == "reopened":
            back += 1
        elif event_at is not None:
            resolved = [*resolved, event_at]
        turns[alert] = (resolved, back)
    return turns
