"""The alert as others see it: in the API, over the WebSocket, in Kafka."""

from datetime import UTC, datetime
from typing import Any

from alerts.models import Alert, Transition


def iso(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def alert_event(alert: Alert) -> dict[str, Any]:
    """``related_logs`` holds record ids; ``muted_by`` and ``ticket`` are None where there is none."""
    return {
        "id": str(alert.id),
        "issue_code": alert.issue_code,
        "severity": alert.severity,
        "message": alert.message,
        "suggested_fix": alert.suggested_fix,
        "confidence": alert.confidence,
        "automation_possible": bool(alert.automation_action),
        "automation_action": alert.automation_action or None,
        "related_trace_id": alert.related_trace_id,
        "related_logs": alert.related_logs,
        "created_at": iso(alert.created_at),
        "created_by": alert.created_by,
        "status": alert.status,
        "service": alert.service,
        "rule": alert.rule_slug,
        "rule_version": alert.rule_version,
        "group": alert.group,
        "count": alert.count,
        "first_seen": iso(alert.first_seen),
        "last_seen": iso(alert.last_seen),
        "resolved_at": iso(alert.resolved_at),
        "assignee": alert.assignee.get_username() if alert.assignee else None,
        "snoozed_until": iso(alert.snoozed_until),
        "snoozed_count": alert.snoozed_count,
        "verdict": alert.verdict or None,
        "merged_into": str(alert.merged_into_id) if alert.merged_into_id else None,
        "muted_by": alert.muted_by or None,
        "ticket": alert.ticket,
        "url": f"/alerts/{alert.id}/",
        "seq": alert.seq,
    }


def transition_event(transition: Transition) -> dict[str, Any]:
    """One transition with its alert as it is now."""
    return {
        "seq": transition.seq,
        "kind": transition.kind,
        "at": iso(transition.at),
        "by": transition.by,
        "reason": transition.reason,
        "data": transition.data,
        "muted_by": transition.muted_by or None,
        "alert": alert_event(transition.alert),
    }
