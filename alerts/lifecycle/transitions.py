"""Changes of alerts as rows with growing numbers: the one place that makes and publishes transitions."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Subquery

from alerts import wake
from alerts.given import given
from alerts.models import Alert, Counter, Transition
from alerts.mutes import marks

NAMESPACE = uuid.UUID("6f1d7c1e-6a0e-5e3f-9d0b-0a6f5d3c2b11")
# one statement, however many alerts have changed
NEWEST = """
    UPDATE alerts SET seq = told.seq
    FROM (SELECT alert_id, MAX(seq) AS seq FROM alerts_transition WHERE seq BETWEEN %s AND %s GROUP BY alert_id) AS told
    WHERE alerts.id = told.alert_id
"""

# the same for many alerts: each has its transition, numbered in the order in which they are given
COPIED = """
    INSERT INTO alerts_transition (id, seq, alert_id, kind, at, "by", reason, data, muted_by)
    SELECT {id}, %s + {place}, alerts.id, %s, {at}, %s, %s, {data}, muted_by FROM {given}
"""
SAME = {
    "postgresql": COPIED.format(
        id="gen_random_uuid()",
        place="given.place - 1",
        at="%s::timestamptz",
        data="%s::jsonb",
        given="json_array_elements_text(%s::json) WITH ORDINALITY AS given (value, place)"
        " JOIN alerts ON alerts.id = given.value::uuid",
    ),
    "sqlite": COPIED.format(
        id="LOWER(HEX(RANDOMBLOB(16)))",
        place="given.key",
        at="%s",
        data="%s",
        given="json_each(%s) AS given JOIN alerts ON alerts.id = given.value",
    ),
}


def change(alert: Alert, kind: str, now: datetime, key: str, by: str = "system", reason: str = "") -> Transition:
    """A transition, not yet numbered; its id is derived from what caused it."""
    name = uuid.uuid5(NAMESPACE, f"{alert.id}:{kind}:{key}")
    return Transition(id=name, alert=alert, kind=kind, at=now, by=by, reason=reason)


def publish(transitions: Sequence[Transition]) -> None:
    """Number and write the transitions. To be the last thing that a transaction does."""
    if not transitions:
        return
    marks.mark(transitions, transitions[-1].at)
    first = Counter.take("transitions", len(transitions))
    for seq, transition in enumerate(transitions, first):
        transition.seq = seq
        if Transition.alert.is_cached(transition):
            transition.alert.seq = seq
    Transition.objects.bulk_create(transitions)
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [first, first + len(transitions) - 1])
    wake.after_commit()


def publish_same(ids: Sequence[str], transition: Transition, sets: Mapping[str, Any]) -> None:
    """The same for one that many alerts have in common, with what is set of them, in as few statements: an alert's row
    is written once, as every write of it goes to ten indexes."""
    if found := marks.apart(ids, transition.kind, transition.at):
        apart = [alert.pk.hex for alert in found]
        Alert.objects.filter(pk__in=given(apart)).update(**sets)
        publish([alone(transition, alert) for alert in marks.apart(apart, transition.kind, transition.at)])
        ids = sorted(set(ids) - set(apart) - {str(alert.pk) for alert in found})
    if not ids:
        return
    first = Counter.take("transitions", len(ids))
    at = connection.ops.adapt_datetimefield_value(transition.at)
    what: list[Any] = [first, transition.kind, at, transition.by, transition.reason, json.dumps(transition.data)]
    with connection.cursor() as cursor:
        cursor.execute(SAME[connection.vendor], [*what, json.dumps(list(ids))])
    told = Transition.objects.filter(alert=OuterRef("pk"), seq__gte=first).values("seq")
    Alert.objects.filter(pk__in=given(ids)).update(seq=Subquery(told), **sets)
    wake.after_commit()


def alone(common: Transition, alert: Alert) -> Transition:
    made = change(alert, common.kind, common.at, uuid.uuid4().hex, common.by, common.reason)
    made.data = common.data
    return made
