"""The versions of a rule: what each changed, and the way back to one."""

from difflib import SequenceMatcher
from typing import Any

import msgspec
from django.db import transaction

from alerts.models import IssueCode, Rule, RuleVersion
from alerts.rule_load import Change
from alerts.rules import check

# the slug stays, and a version's number is its own
FIXED = ("slug", "version")
Piece = tuple[str, str]  # how: "same", "gone", "new"; and the text


class Unreturnable(ValueError):
    """The rule can't be as it was; the message says why."""


class Step(msgspec.Struct):
    """A version and what it changed against the one before; the first one has no changes."""

    version: RuleVersion
    changes: list[Change]


def steps(rule: Rule) -> list[Step]:
    """All versions, the newest first."""
    found = list(rule.versions.order_by("version"))
    before = [None, *found[:-1]]
    return [Step(now, changes(was, now) if was else []) for was, now in zip(before, found, strict=True)][::-1]


def fields(version: RuleVersion) -> dict[str, Any]:
    """The rule's fields as they were. Old versions don't know all."""
    found = {name: value for name, value in version.spec.items() if name not in FIXED} | version.rest
    return {"issue" if name == "issue_id" else name: value for name, value in found.items()}


def changes(before: RuleVersion, after: RuleVersion) -> list[Change]:
    was, now = fields(before), fields(after)
    return [Change(name, was[name], now[name]) for name in now if name in was and was[name] != now[name]]


def pieces(before: Any, after: Any) -> list[Piece]:
    """What a reader sees of a change: words that stayed, went and came."""
    was, now = words(before), words(after)
    found: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", " ".join(was[a:b])))
            continue
        found += [("gone", " ".join(was[a:b]))] if b > a else []
        found += [("new", " ".join(now[c:d]))] if d > c else []
    return found


def words(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, str):
        return value.split()
    if isinstance(value, dict):
        return [f"{name}: {shown(inner)}" for name, inner in value.items()]
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    return [] if value is None else [str(value)]


def shown(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@transaction.atomic
def roll_back(slug: str, number: int, by: str) -> Rule:
    """Makes the rule what it was in that version: a new version, by a person. Raises Rule.DoesNotExist,
    RuleVersion.DoesNotExist, Unreturnable."""
    rule = Rule.objects.select_for_update().get(slug=slug)
    version = rule.versions.get(version=number)
    for name, value in fields(version).items():
        if name == "issue":
            rule.issue = IssueCode.objects.filter(pk=value).first()
        else:
            setattr(rule, name, value)
    rule.edited = True
    if errors := check(rule.spec()):
        raise Unreturnable("; ".join(f"{name}: {message}" for name, message in errors.items()))
    rule.save(by=by, note=f"rolled back to version {number}")
    return rule
