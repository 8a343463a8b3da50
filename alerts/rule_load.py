"""A file of rules into the database: what becomes of each rule and issue, for real or only to see.

A rule or issue that a person has changed stays as it is, unless they are to be overwritten.
"""

from collections import Counter
from typing import Any, Literal

import msgspec
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from alerts.models import IssueCode, Rule
from alerts.rulefile import Issue, Refusal, RuleEntry, RuleFile

Outcome = Literal["added", "changed", "unchanged", "kept", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("added", "changed", "unchanged", "kept", "refused")


class Change(msgspec.Struct):
    field: str
    before: Any
    after: Any


class Fate(msgspec.Struct):
    """What becomes of one rule or issue. ``changes``: what is, or is to be, another value."""

    what: str
    name: str
    outcome: Outcome
    reason: str = ""
    changes: list[Change] = []
    notes: list[str] = []


class Way(msgspec.Struct, frozen=True):
    """How to load: in whose name, whether over what people edited, and whether only to see what would be."""

    by: str = "system"
    note: str = ""
    overwrite: bool = False
    dry_run: bool = False


PLAINLY = Way()


def refused(refusal: Refusal) -> Fate:
    return Fate(refusal.what, refusal.name, "refused", refusal.reason)


def load(file: RuleFile, way: Way = PLAINLY) -> list[Fate]:
    """A dry run does it all and takes it back, so that it can't tell another story."""
    with transaction.atomic():
        edited = codes_edited_by_people()
        fates = [load_issue(issue, edited, way) for issue in file.issues]
        fates += [load_rule(rule, way) for rule in file.rules]
        if way.dry_run:
            transaction.set_rollback(True)
    return fates


def counts(fates: list[Fate], what: str) -> Counter[Outcome]:
    return Counter(fate.outcome for fate in fates if fate.what == what)


def load_issue(issue: Issue, edited: set[str], way: Way) -> Fate:
    values = msgspec.to_builtins(issue)
    stored = IssueCode.objects.filter(pk=issue.code).first()
    if stored is None:
        IssueCode(**values).save()
        return Fate("issue", issue.code, "added")
    changes = differences(stored, values)
    outcome = decided(changes, issue.code in edited, way)
    if outcome == "changed":
        assign(stored, changes)
        stored.save()
    return Fate("issue", issue.code, outcome, changes=changes)


def load_rule(rule: RuleEntry, way: Way) -> Fate:
    values = msgspec.to_builtins(rule)
    values["issue_id"] = values.pop("issue")
    stored = Rule.objects.filter(slug=rule.slug).first()
    if stored is None:
        Rule(**values).save(by=way.by, note=way.note)
        return Fate("rule", rule.slug, "added")
    changes = differences(stored, values)
    outcome = decided(changes, stored.edited, way)
    if outcome == "changed":
        assign(stored, changes)
        stored.save(by=way.by, note=way.note)
    return Fate("rule", rule.slug, outcome, changes=changes)


def differences(stored: Rule | IssueCode, values: dict[str, Any]) -> list[Change]:
    now = {name: msgspec.to_builtins(getattr(stored, name)) for name in values}
    return [Change(name, now[name], value) for name, value in values.items() if now[name] != value]


def decided(changes: list[Change], edited: bool, way: Way) -> Outcome:
    if not changes:
        return "unchanged"
    return "kept" if edited and not way.overwrite else "changed"


def assign(stored: Rule | IssueCode, changes: list[Change]) -> None:
    for change in changes:
        setattr(stored, change.field, change.after)


def codes_edited_by_people() -> set[str]:
    """Issues can only be edited in the admin, and the admin writes down who did."""
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(IssueCode))
    return {code for code in entries.values_list("object_id", flat=True) if code}
