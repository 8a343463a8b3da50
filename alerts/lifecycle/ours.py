"""Alerts that no rule opens but StackLens itself: one unresolved for each kind and group, as for rules."""

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from alerts.analyse import fingerprint
from alerts.lifecycle.transitions import NAMESPACE
from alerts.models import Alert


class Kind(NamedTuple):
    """``slug`` stands where a rule's would."""

    slug: str
    issue_code: str
    severity: str
    fix: str


def ours(kind: Kind, group: dict[str, Any], now: datetime) -> tuple[Alert, bool]:
    """The alert of this kind and group, locked, or a new one that isn't saved yet; and whether it is new."""
    name = fingerprint(kind.slug, group)
    alert = Alert.objects.select_for_update().filter(fingerprint=name).order_by("-episode").first()
    if alert is not None and alert.status != "resolved":
        return alert, False
    episode = alert.episode + 1 if alert else 1
    new = Alert(
        id=uuid.uuid5(NAMESPACE, f"{name}:{episode}"),
        fingerprint=name,
        rule_slug=kind.slug,
        rule_version=0,
        group=group,
        issue_code=kind.issue_code,
        severity=kind.severity,
        suggested_fix=kind.fix,
        confidence=1.0,
        first_seen=now,
        created_at=now,
        episode=episode,
        previous=alert,
    )
    return new, True
