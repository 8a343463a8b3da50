"""The file of default rules and issues: read, checked as a whole, and brought into the database.

A rule or issue that a person has changed stays as it is. Nothing is loaded when anything in the file is wrong.
"""

from collections import Counter
from pathlib import Path
from typing import Any, Literal

import msgspec
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from alerts.models import IssueCode, Rule
from alerts.rules import RuleSpec, check

Outcome = Literal["added", "changed", "unchanged", "kept"]


class WrongFile(ValueError):
    """The file can't be used; the message names the rule or issue and its field."""


class Issue(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    title: str
    suggested_fix: str = ""
    automation_action: str = ""


class RuleEntry(msgspec.Struct, forbid_unknown_fields=True):
    """As in the file; what is left out has the model's default."""

    slug: str
    name: str
    query: str
    enabled: bool = True
    signal: Literal["logs", "spans", "metrics", "alerts"] = "logs"
    type: str = "match"
    config: dict[str, Any] = {}
    group_by: list[str] = []
    severity: Literal["error", "warn", "info"] = "error"
    issue: str | None = None
    message: str = ""
    confidence: float = 0.9
    lateness: int = 30
    reopen_within: int = 3600
    renotify: int = 0
    new_per_minute: int = 100
    severity_steps: list[tuple[float, Literal["info", "warn", "error"]]] = []

    def spec(self) -> RuleSpec:
        names = ("slug", "signal", "type", "query", "config", "lateness", "reopen_within", "renotify", "new_per_minute")
        steps = tuple(self.severity_steps)
        return RuleSpec(
            **{name: getattr(self, name) for name in names}, group_by=tuple(self.group_by), severity_steps=steps
        )


class RuleFile(msgspec.Struct):
    issues: list[Issue]
    rules: list[RuleEntry]


class Loaded(msgspec.Struct):
    """What became of each rule and issue, by outcome, and the names of those that a person has changed."""

    rules: Counter[Outcome]
    issues: Counter[Outcome]
    kept: list[str]


def read(path: Path) -> RuleFile:
    try:
        raw = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise WrongFile(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise WrongFile(f"{path}: not JSON: {error}") from error
    if not isinstance(raw, dict) or not all(isinstance(raw.get(part), list) for part in ("issues", "rules")):
        raise WrongFile(f"{path}: must be an object with the lists issues and rules")
    if unknown := set(raw) - {"$schema", "issues", "rules"}:
        raise WrongFile(f"{path}: unknown key {min(unknown)!r}")
    found = RuleFile(
        [entry(item, Issue, "issue", "code", number) for number, item in enumerate(raw["issues"])],
        [entry(item, RuleEntry, "rule", "slug", number) for number, item in enumerate(raw["rules"])],
    )
    refuse_wrong(found)
    return found


def entry(item: Any, kind: type[Any], word: str, key: str, number: int) -> Any:
    try:
        return msgspec.convert(item, kind)
    except msgspec.ValidationError as error:
        name = item.get(key, f"number {number}") if isinstance(item, dict) else f"number {number}"
        raise WrongFile(f"{word} {name}: {error}") from error


def refuse_wrong(file: RuleFile) -> None:
    codes = {issue.code for issue in file.issues}
    for word, names in (("issue", [i.code for i in file.issues]), ("rule", [r.slug for r in file.rules])):
        for name, times in Counter(names).items():
            if times > 1:
                raise WrongFile(f"{word} {name}: is there {times} times")
    for rule in file.rules:
        errors = check(rule.spec())
        if rule.issue is not None and rule.issue not in codes:
            errors["issue"] = f"no issue {rule.issue!r} in this file"
        for field, message in errors.items():
            raise WrongFile(f"rule {rule.slug}: {field}: {message}")


@transaction.atomic
def load(file: RuleFile) -> Loaded:
    loaded = Loaded(Counter(), Counter(), [])
    edited = codes_edited_by_people()
    for issue in file.issues:
        outcome = load_issue(issue, edited)
        loaded.issues[outcome] += 1
        loaded.kept += [issue.code] * (outcome == "kept")
    for rule in file.rules:
        outcome = load_rule(rule)
        loaded.rules[outcome] += 1
        loaded.kept += [rule.slug] * (outcome == "kept")
    return loaded


def load_issue(issue: Issue, edited: set[str]) -> Outcome:
    values = msgspec.structs.asdict(issue)
    stored = IssueCode.objects.filter(pk=issue.code).first()
    if stored is None:
        IssueCode(**values).save()
        return "added"
    return update(stored, values, issue.code in edited)


def load_rule(rule: RuleEntry) -> Outcome:
    values = msgspec.structs.asdict(rule)
    values["issue_id"] = values.pop("issue")
    stored = Rule.objects.filter(slug=rule.slug).first()
    if stored is None:
        Rule(**values).save()
        return "added"
    return update(stored, values, stored.edited)


def update(stored: Rule | IssueCode, values: dict[str, Any], edited: bool) -> Outcome:
    if all(getattr(stored, name) == value for name, value in values.items()):
        return "unchanged"
    if edited:
        return "kept"
    for name, value in values.items():
        setattr(stored, name, value)
    stored.save()
    return "changed"


def codes_edited_by_people() -> set[str]:
    """Issues can only be edited in the admin, and the admin writes down who did."""
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(IssueCode))
    return {code for code in entries.values_list("object_id", flat=True) if code}
