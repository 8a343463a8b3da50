"""The file of rules and issues: read and checked, and written from what is in the database."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from alerts.models import IssueCode, Rule
from alerts.rules import RuleSpec, check
from telemetry.storable import storable

Slug = Annotated[str, Meta(pattern="^[-a-zA-Z0-9_]+$", max_length=100)]
Count = Annotated[int, Meta(ge=0, le=2_147_483_647)]
# addresses below /api/v1/rules/ that are no rule's
RESERVED = ("test", "export", "import", "import-sigma")


class WrongFile(ValueError):
    """The file can't be used; the message names the rule or issue and its field."""


class Issue(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, Meta(min_length=1, max_length=100)]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    suggested_fix: str = ""
    automation_action: Annotated[str, Meta(max_length=100)] = ""


class RuleEntry(msgspec.Struct, forbid_unknown_fields=True):
    """As in the file; what is left out has the model's default."""

    slug: Slug
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    query: str
    enabled: bool = True
    signal: Literal["logs", "spans", "metrics", "alerts"] = "logs"
    type: str = "match"
    config: dict[str, Any] = {}
    group_by: Annotated[list[str], Meta(max_length=10)] = []
    severity: Literal["error", "warn", "info"] = "error"
    issue: str | None = None
    message: Annotated[str, Meta(max_length=500)] = ""
    confidence: Annotated[float, Meta(ge=0, le=1)] = 0.9
    lateness: Count = 30
    reopen_within: Count = 3600
    renotify: Count = 0
    new_per_minute: Count = 100
    severity_steps: list[tuple[float, Literal["info", "warn", "error"]]] = []
    origin: dict[str, Any] = {}

    def spec(self) -> RuleSpec:
        names = ("slug", "signal", "type", "query", "config", "lateness", "reopen_within", "renotify", "new_per_minute")
        steps = tuple(self.severity_steps)
        return RuleSpec(
            **{name: getattr(self, name) for name in names}, group_by=tuple(self.group_by), severity_steps=steps
        )


class RuleFile(msgspec.Struct):
    issues: list[Issue]
    rules: list[RuleEntry]


class Refusal(msgspec.Struct):
    """An entry that can't be used, and why. ``what``: rule, issue, or file."""

    what: str
    name: str
    reason: str


def read(path: Path) -> RuleFile:
    """The file as a whole; raises WrongFile at the first thing that is wrong."""
    try:
        raw = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise WrongFile(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise WrongFile(f"{path}: not JSON: {error}") from error
    found, refused = parsed(raw)
    for refusal in refused:
        raise WrongFile(f"{path if refusal.what == 'file' else f'{refusal.what} {refusal.name}'}: {refusal.reason}")
    return found


def parsed(raw: Any, codes: Iterable[str] = ()) -> tuple[RuleFile, list[Refusal]]:
    """What can be used, and what can't. ``codes``: issues that are known beside those of the file."""
    if not isinstance(raw, dict) or not all(isinstance(raw.get(part), list) for part in ("issues", "rules")):
        return RuleFile([], []), [Refusal("file", "", "must be an object with the lists issues and rules")]
    if unknown := set(raw) - {"$schema", "issues", "rules"}:
        return RuleFile([], []), [Refusal("file", "", f"unknown key {min(unknown)!r}")]
    issues, refused_issues = entries(raw["issues"], Issue, "issue", "code")
    known = {*codes, *(issue.code for issue in issues)}
    rules, refused_rules = entries(raw["rules"], RuleEntry, "rule", "slug")
    wrong = {rule.slug: reason for rule in rules if (reason := wrong_rule(rule, known))}
    refused = [*refused_issues, *refused_rules, *(Refusal("rule", slug, reason) for slug, reason in wrong.items())]
    return RuleFile(issues, [rule for rule in rules if rule.slug not in wrong]), refused


def entries(items: list[Any], kind: type[Any], word: str, key: str) -> tuple[list[Any], list[Refusal]]:
    found: dict[str, Any] = {}
    refused: list[Refusal] = []
    names = [str(item.get(key)) if isinstance(item, dict) and key in item else "" for item in items]
    times = Counter(names)
    for number, (name, item) in enumerate(zip(names, items, strict=True)):
        try:
            if name and times[name] > 1:
                raise msgspec.ValidationError(f"is there {times[name]} times")
            found[name] = msgspec.convert(storable(item), kind)
        except msgspec.ValidationError as error:
            refused.append(Refusal(word, name or f"number {number}", str(error)))
    return list(found.values()), refused


def wrong_rule(rule: RuleEntry, codes: set[str]) -> str:
    errors = check(rule.spec())
    if rule.slug in RESERVED:
        errors["slug"] = f"{rule.slug!r} is taken by the API itself"
    if rule.issue is not None and rule.issue not in codes:
        errors["issue"] = f"no issue {rule.issue!r} in this file"
    return "; ".join(f"{field}: {message}" for field, message in errors.items())


def exported(rules: Iterable[Rule]) -> dict[str, Any]:
    """These rules as a file, with the issues that they name; what has the default is left out."""
    found = list(rules)
    codes = {rule.issue_id for rule in found if rule.issue_id}
    issues = IssueCode.objects.filter(pk__in=codes).order_by("code")
    return {
        "issues": [without_defaults(issue_of(issue)) for issue in issues],
        "rules": [without_defaults(entry_of(rule)) for rule in found],
    }


def entry_of(rule: Rule) -> RuleEntry:
    names = [name for name in RuleEntry.__struct_fields__ if name != "issue"]
    values = {name: getattr(rule, name) for name in names}
    return RuleEntry(**values, issue=rule.issue_id)


def issue_of(issue: IssueCode) -> Issue:
    return Issue(**{name: getattr(issue, name) for name in Issue.__struct_fields__})


def without_defaults(entry: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for field in msgspec.structs.fields(type(entry)):
        value = getattr(entry, field.name)
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        if field.required or value != default:
            kept[field.name] = msgspec.to_builtins(value)
    return kept
