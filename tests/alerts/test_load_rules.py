"""load_rules and the default rules."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command

from alerts.management.commands.load_rules import DEFAULT
from alerts.models import IssueCode, Rule, RuleVersion
from alerts.rulefile import read
from alerts.rules import RULE_TYPES, check, config_schema
from query import matcher
from telemetry.records import LogRecord

FILE = json.loads(DEFAULT.read_text())
SCHEMA = json.loads(DEFAULT.with_name("alert-rules.schema.json").read_text())
SMALL: dict[str, Any] = {
    "issues": [{"code": "SOLD_OUT", "title": "Sold out"}],
    "rules": [{"slug": "sold-out", "name": "Sold out", "query": "error_code:SOLD_OUT", "issue": "SOLD_OUT"}],
}


def load(path: Path | None = None) -> str:
    out = io.StringIO()
    call_command("load_rules", *([path] if path else []), stdout=out)
    return out.getvalue()


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "rules.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def changed(**fields: Any) -> dict[str, Any]:
    return {**SMALL, "rules": [{**SMALL["rules"][0], **fields}]}


def test_the_file_of_default_rules_is_as_its_schema_says():
    assert [error.message for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(FILE)] == []


def test_the_schema_knows_the_config_of_every_type():
    """To make it anew after a change: the ``then`` of each type is ``config_schema`` of it."""
    parts = SCHEMA["$defs"]["rule"]["allOf"]
    held = {part["if"]["properties"]["type"]["const"]: part["then"]["properties"]["config"] for part in parts}
    assert held == {kind: {k: v for k, v in config_schema(kind).items() if k != "title"} for kind in RULE_TYPES}


def test_the_schema_refuses_an_unknown_key_and_a_wrong_config():
    validator = jsonschema_rs.validator_for(SCHEMA)
    assert not validator.is_valid(changed(sevrity="error"))
    assert not validator.is_valid(changed(type="match", config={"threshold": 3}))


@pytest.mark.parametrize("rule", read(DEFAULT).rules, ids=lambda rule: rule.slug)
def test_every_default_rule_is_one_that_can_be_used(rule):
    assert check(rule.spec()) == {}
    assert rule.group_by == ["service"]


def test_every_default_issue_has_a_rule_and_every_rule_an_issue():
    assert {issue["code"] for issue in FILE["issues"]} == {rule["issue"] for rule in FILE["rules"]}
    assert len(FILE["issues"]) >= 15
    assert len(FILE["rules"]) >= 22


@pytest.mark.parametrize(
    ("fields", "slugs"),
    [
        ({"error_code": "PRICE_MISSING", "message": "Product price is null"}, ["price-missing"]),
        ({"error_code": "PAYMENT_TIMEOUT", "message": "payment timed out"}, ["payment-timeout"]),
        ({"message": "dial tcp 10.0.0.7:5432: connect: connection refused"}, ["connection-refused", "error-burst"]),
        ({"message": "write failed: No space left on device"}, ["disk-full", "error-burst"]),
        ({"error_code": "UNHEARD_OF", "message": "connection refused"}, ["error-burst"]),
        ({"level": "info", "message": "connection refused once, connected at last"}, []),
        ({"level": "warn", "action": "login", "status": "failure", "message": "invalid password"}, ["auth-failures"]),
    ],
)
def test_a_log_line_is_matched_by_its_rule_and_no_other(fields, slugs):
    log = LogRecord(**{"timestamp": 0, "service": "checkout", "level": "error"} | fields)
    rules = [rule for rule in FILE["rules"] if rule.get("signal", "logs") == "logs"]
    assert [rule["slug"] for rule in rules if matcher(rule["query"], "logs")(log)] == slugs


@pytest.mark.django_db
def test_loading_twice_adds_once_and_makes_no_new_version():
    assert "24 added" in load()
    versions = RuleVersion.objects.count()
    assert "24 unchanged" in load()
    assert RuleVersion.objects.count() == versions == Rule.objects.count()


@pytest.mark.django_db
def test_a_rule_changed_in_the_file_is_changed_in_the_database(tmp_path):
    load(written(tmp_path, SMALL))
    assert "rules: 0 added, 1 changed" in load(written(tmp_path, changed(severity="warn")))
    rule = Rule.objects.get()
    assert (rule.severity, rule.version) == ("warn", 2)


@pytest.mark.django_db
def test_a_rule_that_a_person_edited_is_kept_and_named(tmp_path):
    load(written(tmp_path, SMALL))
    Rule.objects.update(edited=True, severity="info")
    said = load(written(tmp_path, changed(severity="warn")))
    assert "1 kept" in said
    assert "sold-out" in said
    assert Rule.objects.get().severity == "info"


@pytest.mark.django_db
def test_an_issue_edited_in_the_admin_is_kept(tmp_path, admin_user):
    load(written(tmp_path, SMALL))
    issue = IssueCode.objects.get()
    issue.title = "Nothing left"
    issue.save()
    LogEntry.objects.create(
        user=admin_user,
        content_type=ContentType.objects.get_for_model(IssueCode),
        object_id=issue.pk,
        object_repr=issue.pk,
        action_flag=CHANGE,
    )
    assert "issues: 0 added, 0 changed, 0 unchanged, 1 kept" in load(written(tmp_path, SMALL))
    assert IssueCode.objects.get().title == "Nothing left"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", ["not JSON"]),
        ([], ["issues and rules"]),
        (changed(severity="bad"), ["sold-out", "severity"]),
        (changed(query="colour:red"), ["sold-out", "query", "colour"]),
        (changed(config={"threshold": 3}), ["sold-out", "config", "threshold"]),
        (changed(type="guess"), ["sold-out", "type", "guess"]),
        (changed(group_by=["colour"]), ["sold-out", "group_by", "colour"]),
        (changed(issue="NONE_SUCH"), ["sold-out", "issue", "NONE_SUCH"]),
        ({**SMALL, "rules": SMALL["rules"] * 2}, ["sold-out", "2 times"]),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_nothing_is_loaded(tmp_path, content, words):
    with pytest.raises(CommandError) as refused:
        load(written(tmp_path, content))
    assert all(word in str(refused.value) for word in words), refused.value
    assert not Rule.objects.exists()
    assert not IssueCode.objects.exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"nowhere\.json"):
        load(tmp_path / "nowhere.json")
