"""The admin's form of a rule, and what it previews."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Rule, RuleVersion
from search.api.stored import nanoseconds
from search.store import save
from telemetry.records import LogRecord
from tests.staff import staff

pytestmark = pytest.mark.django_db
RULE = "/admin/alerts/rule/"
FORM: dict[str, Any] = {
    "name": "No price",
    "slug": "no-price",
    "enabled": "on",
    "signal": "logs",
    "query": "error_code:PRICE_MISSING",
    "type": "match",
    "match_resolve_after": "30",
    "group_by": "service, attrs.region",
    "severity": "error",
    "confidence": "0.9",
    "lateness": "30",
    "reopen_within": "3600",
    "renotify": "0",
    "new_per_minute": "100",
}


@pytest.fixture
def manager() -> Client:
    return staff("manager")


def errors(answer: Any) -> dict[str, Any]:
    return dict(answer.context["adminform"].form.errors)


def test_a_rule_is_made_from_typed_fields(manager):
    answer = manager.post(f"{RULE}add/", FORM)
    assert answer.status_code == 302, errors(answer)
    rule = Rule.objects.get()
    assert (rule.config, rule.group_by) == ({"resolve_after": 30}, ["service", "attrs.region"])
    assert rule.edited
    assert RuleVersion.objects.filter(rule=rule).count() == 1


def test_a_changed_type_takes_its_own_fields_only(manager):
    manager.post(f"{RULE}add/", FORM)
    rule = Rule.objects.get()
    changes = {"type": "frequency", "frequency_threshold": "5", "frequency_window": "60", "frequency_recover_below": ""}
    answer = manager.post(f"{RULE}{rule.pk}/change/", FORM | changes)
    assert answer.status_code == 302, errors(answer)
    rule.refresh_from_db()
    assert (rule.type, rule.config, rule.version) == ("frequency", {"threshold": 5, "window": 60}, 2)


def test_the_form_shows_what_the_rule_is(manager):
    rule = Rule(slug="r", name="R", query="level:error", type="frequency", config={"threshold": 7}, group_by=["host"])
    rule.save()
    form = manager.get(f"{RULE}{rule.pk}/change/").context["adminform"].form
    assert (form["frequency_threshold"].value(), form["group_by"].value()) == (7, "host")
    assert form["frequency_window"].value() == 300


@pytest.mark.parametrize(
    ("fields", "name", "word"),
    [
        ({"query": "colour:red"}, "query", "colour"),
        ({"query": ""}, "query", "required"),
        ({"match_resolve_after": "1"}, "match_resolve_after", "5"),
        ({"match_resolve_after": "soon"}, "match_resolve_after", "number"),
        ({"group_by": "colour"}, "group_by", "colour"),
        ({"confidence": "7"}, "confidence", "1"),
        (
            {"type": "frequency", "frequency_threshold": "2", "frequency_recover_below": "9"},
            "frequency_recover_below",
            "above",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(manager, fields, name, word):
    answer = manager.post(f"{RULE}add/", FORM | fields)
    assert answer.status_code == 200
    assert word in str(errors(answer)[name])
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("kind", "fields", "config"),
    [
        ("spike", {"ratio": "2.5", "direction": "down"}, {"ratio": 2.5, "direction": "down"}),
        ("cardinality", {"field": "user_id", "over": "10"}, {"field": "user_id", "over": 10.0}),
        ("sequence", {"first": "a", "then": "b", "absent": "on"}, {"first": "a", "then": "b", "absent": True}),
        ("sequence", {"first": "a", "then": "b"}, {"first": "a", "then": "b"}),
        ("composite", {"rules": "one, two ,", "at_least": "1"}, {"rules": ["one", "two"], "at_least": 1}),
    ],
)
def test_each_kind_of_config_field_is_read_and_shown_again(manager, kind, fields, config):
    typed = {f"{kind}_{name}": value for name, value in fields.items()}
    signal = "alerts" if kind == "composite" else "logs"
    answer = manager.post(f"{RULE}add/", FORM | {"type": kind, "signal": signal, "query": "*"} | typed)
    assert answer.status_code == 302, errors(answer)
    rule = Rule.objects.get()
    assert rule.config == config
    form = manager.get(f"{RULE}{rule.pk}/change/").context["adminform"].form
    shown = {name: form[f"{kind}_{name}"].value() for name in config}
    assert shown == {name: ", ".join(value) if isinstance(value, list) else value for name, value in config.items()}


def test_severity_steps_are_written_as_they_are_said(manager):
    manager.post(f"{RULE}add/", FORM | {"severity_steps": "10 warn, 50 error"})
    rule = Rule.objects.get()
    assert rule.severity_steps == [[10, "warn"], [50, "error"]]
    form = manager.get(f"{RULE}{rule.pk}/change/").context["adminform"].form
    assert form["severity_steps"].value() == "10 warn, 50 error"


@pytest.mark.parametrize(
    ("steps", "word"), [("ten warn", "ten warn"), ("50 error, 10 warn", "rise"), ("1 loud", "loud")]
)
def test_wrong_severity_steps_are_said_at_their_field(manager, steps, word):
    assert word in str(errors(manager.post(f"{RULE}add/", FORM | {"severity_steps": steps}))["severity_steps"])
    assert not Rule.objects.exists()


def test_the_preview_says_what_the_rule_would_have_done(manager):
    now = nanoseconds(timezone.now()) - 60 * 10**9
    fields: dict[str, Any] = {"level": "error", "message": "<b>no price</b>", "error_code": "PRICE_MISSING"}
    logs = [
        LogRecord(timestamp=now, received_at=now, id=str(at), service=service, **fields)
        for at, service in enumerate(("checkout", "cart", "cart"))
    ]
    save(logs, [], [])
    found = manager.post(f"{RULE}preview/", FORM | {"group_by": "service", "slug": ""}).json()
    assert found["errors"] == {}
    assert "&lt;b&gt;no price" in found["html"]
    assert "<b>" not in found["html"]
    assert "<rect" in found["html"]
    assert "on every record with error_code:PRICE_MISSING per service" in found["html"]
    assert not Rule.objects.exists()


def test_the_preview_marks_the_place_of_an_error(manager):
    found = manager.post(f"{RULE}preview/", FORM | {"query": "level:error AND colour:red"}).json()["errors"]
    assert "colour" in found["query"]["message"]
    assert (found["query"]["position"], found["query"]["length"]) == (16, 6)


def test_the_preview_takes_a_form_that_is_not_finished(manager):
    assert (
        manager.post(f"{RULE}preview/", {"query": "level:error", "signal": "logs", "type": "match"}).status_code == 200
    )
    assert manager.post(f"{RULE}preview/", {}).json()["errors"]


def test_the_preview_needs_a_role_and_a_post(manager):
    assert Client().post(f"{RULE}preview/", FORM).status_code == 302
    assert manager.get(f"{RULE}preview/").status_code == 405
