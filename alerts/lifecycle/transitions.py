"""A change of an alert as a row with a growing number: the one place that makes and publishes transitions."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from alerts import wake
from alerts.models import Alert, Counter, Transition

NAMESPACE = uuid.UUID("6f1d7c1e-6a0e-5e3f-9d0b-0a6f5d3c2b11")
# one statement, however many alerts have changed
NEWEST = """
    UPDATE alerts SET seq = told.seq
    FROM (SELECT alert_id, MAX(seq) AS seq FROM alerts_transition WHERE seq BETWEEN %s AND %s GROUP BY alert_id) AS told
    WHERE alerts.id = told.alert_id
"""


def change(alert: Alert, kind: str, now: datetime, key: str, by: str = "system", reason: str = "") -> Transition:
    """A transition, not yet numbered; its id is derived from what caused it."""
    name = uuid.uuid5(NAMESPACE, f"{alert.id}:{kind}:{key}")
    return Transition(id=name, alert=alert, kind=kind, at=now, by=by, reason=reason)


def publish(transitions: Sequence[Transition]) -> None:
    """Number and write the transitions. To be the last thing that a transaction does."""
    if not transitions:
        return
    first = Counter.take("transitions", len(transitions))
    for seq, transition in enumerate(transitions, first):
        transition.seq = seq
        if Transition.alert.is_cached(transition):
            transition.alert.seq = seq
    Transition.objects.bulk_create(transitions)
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [first, first + len(transitions) - 1])
    wake.after_commit()
