"""The rule's side of an alert's life for tests: records are judged, and alerts follow, as in the worker."""

import time

from django.db import transaction
from django.utils import timezone

from alerts import lifecycle, windows
from alerts.analyse import Analyser
from alerts.models import Alert, Rule
from alerts.rules.frame import SECOND
from telemetry.records import LogRecord

RESOLVE_AFTER, REOPEN_WITHIN = 12, 30


class Engine:
    """One rule that fires on every log, per service, on a clock of its own that starts now."""

    def __init__(self) -> None:
        config = {"resolve_after": RESOLVE_AFTER}
        rule = Rule(slug="any", name="Any", query="*", config=config, group_by=["service"], reopen_within=REOPEN_WITHIN)
        rule.save()
        self.analyser = Analyser([rule.spec()])
        self.clock = time.time_ns()
        self.number = 0

    def log(self, service: str, times: int = 1) -> None:
        self.number += times
        first = self.number - times
        logs = [
            LogRecord(
                timestamp=self.clock,
                received_at=self.clock,
                service=service,
                level="error",
                message="broken",
                id=f"r-{first + one:06d}",
            )
            for one in range(times)
        ]
        self.judge(self.analyser.observe("logs", logs)[0])

    def wait(self, seconds: float) -> None:
        self.clock += int(seconds * SECOND)
        self.judge({})

    def judge(self, observed) -> None:
        with transaction.atomic():
            outcomes = windows.judge(self.analyser, observed, {"logs.received": self.clock})
            lifecycle.publish(lifecycle.apply(outcomes, timezone.now()))

    def alert(self, service: str) -> Alert:
        """The newest one of this service."""
        return Alert.objects.filter(service=service).latest("episode")


def kinds(alert: Alert) -> list[str]:
    return list(alert.transitions.values_list("kind", flat=True))
