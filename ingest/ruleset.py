"""The rules and issues that a worker uses, loaded again when the counter of changes has moved."""

import logging
import time

from alerts.analyse import Analyser
from alerts.models import Counter, IssueCode, Rule
from alerts.rules import check
from ingest import metrics
from telemetry.records import Issue

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # a change must reach the worker within 2 s, its indexing included


class Ruleset:
    def __init__(self) -> None:
        self.seen = -1
        self.looked_at = 0.0
        self.analyser = Analyser([])
        self.issues: dict[str, Issue] = {}

    def refresh(self) -> None:
        if time.monotonic() - self.looked_at < LOOK_SECONDS:
            return
        self.looked_at = time.monotonic()
        if (current := Counter.current("rules")) != self.seen:
            self.load()
            self.seen = current

    def load(self) -> None:
        specs = []
        for rule in Rule.objects.filter(enabled=True):
            spec = rule.spec()
            if errors := check(spec):
                log.error("rule %s is left out: %s", spec.slug, errors)
            else:
                specs.append(spec)
        self.analyser = Analyser(specs)
        self.issues = known_issues()
        metrics.RULES.set(len(specs))
        log.info("%d rules active", len(specs))


def known_issues() -> dict[str, Issue]:
    return {
        issue.code: Issue(issue.code, issue.title, issue.suggested_fix, issue.automation_action or None)
        for issue in IssueCode.objects.all()
    }
