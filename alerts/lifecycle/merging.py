"""Merge an alert into another: it is resolved, and what its group does from now on the other one counts and tells."""

import uuid

from django.db import transaction
from django.utils import timezone

from alerts import windows
from alerts.lifecycle.actions import Conflict
from alerts.lifecycle.transitions import change, publish
from alerts.models import Alert


def merge(alert_id: uuid.UUID, target_id: uuid.UUID, by: str, reason: str = "") -> Alert:
    """Gives the alert that was merged. Raises Conflict when one of them is resolved, and Alert.DoesNotExist."""
    if alert_id == target_id:
        raise Conflict("an alert can't be merged into itself")
    with transaction.atomic():
        firing = windows.fires(Alert.objects.values_list("fingerprint", flat=True).get(pk=alert_id))
        rows = Alert.objects.filter(pk__in=(alert_id, target_id)).order_by("id").select_for_update()
        found = {alert.pk: alert for alert in rows}
        if target_id not in found:
            raise Alert.DoesNotExist
        alert, target = found[alert_id], found[target_id]
        for one, words in ((alert, "the alert"), (target, "the alert to merge into")):
            if one.status == "resolved":
                raise Conflict(f"{words} is resolved")
        now = timezone.now()
        Alert.objects.filter(merged_into=alert).update(merged_into=target)
        alert.status, alert.resolved_at, alert.merged_into = "resolved", now, target
        alert.cleared_at = None if firing else now
        alert.snoozed_until = alert.snoozed_count = None
        target.absorbed += alert.count
        target.count += alert.count
        target.last_seen = max(target.last_seen, alert.last_seen)
        alert.save()
        target.save()
        key = uuid.uuid4().hex
        gone, gained = change(alert, "merged", now, key, by, reason), change(target, "merged", now, key, by, reason)
        gone.data = {"into": str(target.pk)}
        gained.data = {"merged": str(alert.pk), "count": target.count}
        publish([gone, gained])
        return alert
