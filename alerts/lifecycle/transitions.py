"""Changes of alerts as rows with growing numbers: the one place that makes and publishes transitions."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from alerts import wake
from alerts.models import Alert, Counter, Transition
from alerts.mutes import marks

NAMESPACE = uuid.UUID("6f1d7c1e-6a0e-5e3f-9d0b-0a6f5d3c2b11")
# one statement, however many alerts have changed
NEWEST = """
    UPDATE alerts SET seq = told.seq
    FROM (SELECT alert_id, MAX(seq) AS seq FROM alerts_transition WHERE seq BETWEEN %s AND %s GROUP BY alert_id) AS told
    WHERE alerts.id = told.alert_id
"""

# the same for many alerts: they are numbered in the order in which they are given, then each has its transition
NUMBERED = {
    "postgresql": """
    UPDATE alerts SET seq = %s + given.place - 1
    FROM json_array_elements_text(%s::json) WITH ORDINALITY AS given (value, place) WHERE alerts.id = given.value::uuid
""",
    "sqlite": "UPDATE alerts SET seq = %s + given.key FROM json_each(%s) AS given WHERE alerts.id = given.value",
}
COPIED = """
    INSERT INTO alerts_transition (id, seq, alert_id, kind, at, "by", reason, data, muted_by)
    SELECT {id}, seq, id, %s, {at}, %s, %s, {data}, muted_by FROM alerts WHERE seq BETWEEN %s AND %s
"""
SAME = {
    "postgresql": COPIED.format(id="gen_random_uuid()", at="%s::timestamptz", data="%s::jsonb"),
    "sqlite": COPIED.format(id="LOWER(HEX(RANDOMBLOB(16)))", at="%s", data="%s"),
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


def publish_same(ids: Sequence[str], transition: Transition) -> None:
    """The same for one that many alerts have in common, in as few statements."""
    if apart := marks.apart(ids, transition.kind, transition.at):
        publish([alone(transition, alert) for alert in apart])
        ids = sorted(set(ids) - {str(alert.pk) for alert in apart} - {alert.pk.hex for alert in apart})
    if not ids:
        return
    first = Counter.take("transitions", len(ids))
    what = [transition.kind, connection.ops.adapt_datetimefield_value(transition.at), transition.by, transition.reason]
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED[connection.vendor], [first, json.dumps(list(ids))])
        between = (first, first + len(ids) - 1)
        cursor.execute(SAME[connection.vendor], [*what, json.dumps(transition.data), *between])
    wake.after_commit()


def alone(common: Transition, alert: Alert) -> Transition:
    made = change(alert, common.kind, common.at, uuid.uuid4().hex, common.by, common.reason)
    made.data = common.data
    return made
