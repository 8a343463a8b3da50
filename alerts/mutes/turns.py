"""Mutes begin and end: every alert whose mark is no longer true gets a transition, muted or unmuted, exactly once.

Many look, the workers and the page on which a silence is made; only the first to find a mark as it was changes it, in
one transaction with the transition. ``unmuted`` is how what still fires is said once when a mute ends.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from alerts import lifecycle
from alerts.matching import Candidate, Rows, concerned
from alerts.models import Alert, Counter, Transition
from alerts.mutes import kept
from alerts.mutes.judge import Mutes, muted
from alerts.mutes.marks import save

AT_ONCE = 250  # alerts in one transaction
MOST = 1000  # in one look of a worker, which has other things to do; the others at its next
SOON = 250  # on the page on which a mute is made, before its answer; the others by a worker
SHARE = 20  # a look that found little and took a second is followed by this many seconds without one


class Watch:
    """Looks now and then whether anything has begun or ended; cheap while nothing has."""

    def __init__(self) -> None:
        self.seen: tuple[Mutes, tuple[str, ...]] | None = None
        self.seq = 0
        self.next_at = 0.0

    def look(self, now: datetime) -> int:
        """How many alerts were muted or unmuted."""
        began = time.monotonic()
        if began < self.next_at:
            return 0
        seq = Counter.current("transitions")
        mutes = kept.load(now)
        found = (mutes, mutes.in_force(now))
        changed = found != self.seen
        if not changed and (seq == self.seq or not found[1]):
            return 0
        # without inhibitions an alert's mark depends on nothing but itself
        turned = settle(now, 0 if changed or mutes.inhibitions else self.seq, MOST)
        if turned < MOST:
            self.seen, self.seq = found, seq
            self.next_at = time.monotonic() + SHARE * (time.monotonic() - began)
        return turned


def settle(now: datetime, after: int = 0, most: int | None = None) -> int:
    """Bring the marks of the alerts that fire (or of those told of after a number) to what is true, of ``most`` of
    them; gives of how many."""
    mutes = kept.load(now)
    alerts = list(candidates(mutes, now).filter(seq__gt=after))
    names = muted(mutes, map(Candidate, alerts), now)
    untrue = {alert.id: alert.muted_by for alert in alerts if alert.muted_by != names.get(str(alert.id), "")}
    return sum(turn(part, untrue, names, mutes, now) for part in parts(sorted(untrue)[:most]))


def candidates(mutes: Mutes, now: datetime) -> Rows:
    """The alerts that fire and are muted, or may be, or may mute others, with what it takes to judge them."""
    queries = mutes.queries(now)
    equal = {name for rule in mutes.inhibitions for name in rule.equal}
    named = equal | {"muted_by", "created_at", "status"}
    either, rows = concerned(Alert.objects.exclude(status="resolved"), queries, named)
    return rows.filter(either | ~Q(muted_by="") if either or not queries else Q())


def parts(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


@transaction.atomic
def turn(ids: Iterable[UUID], marks: Mapping[UUID, str], names: Mapping[str, str], mutes: Mutes, now: datetime) -> int:
    """Change those marks that are still as they were read, unless the mutes themselves have changed meanwhile."""
    firing = Alert.objects.exclude(status="resolved").filter(pk__in=list(ids)).only("id", "muted_by", "seq")
    rows = list(firing.order_by("id").select_for_update(of=("self",)))
    if kept.load(now) != mutes:
        return 0  # whoever changed them looks too
    transitions: list[Transition] = []
    turned = [alert for alert in rows if alert.muted_by == marks[alert.pk]]
    for alert in turned:
        was, alert.muted_by = alert.muted_by, names.get(str(alert.pk), "")
        kind = "muted" if alert.muted_by else "unmuted"
        transitions.append(lifecycle.change(alert, kind, now, key=f"{alert.seq}"))
        transitions[-1].data = {"was": was or None, "mute": alert.muted_by or None}
    save(turned)
    lifecycle.publish(transitions)
    return len(turned)
