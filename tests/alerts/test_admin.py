"""The admin of rules, alerts and keys."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from alerts.models import Alert, IssueCode, Rule, RuleVersion, Transition
from ingest.models import DeadLetter, IngestKey
from search.api.stored import nanoseconds
from search.store import save
from telemetry.records import LogRecord
from telemetry.secrets import digest

pytestmark = pytest.mark.django_db
RULE = "/admin/alerts/rule/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
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


def staff(role: str) -> Client:
    user = User.objects.create_user(f"a-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def superuser() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def manager() -> Client:
    return staff("manager")


def errors(answer: Any) -> dict[str, Any]:
    return dict(answer.context["adminform"].form.errors)


def alert(**fields: Any) -> Alert:
    values = {"fingerprint": "f", "rule_slug": "no-price", "rule_version": 1, "service": "checkout"}
    times = {"first_seen": NOON, "last_seen": NOON, "created_at": NOON}
    return Alert.objects.create(**values | times | {"issue_code": "X", "severity": "error", "message": "x"} | fields)


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


def test_a_viewer_sees_a_rule_but_has_no_form():
    rule = Rule(slug="r", name="R", query="level:error")
    rule.save()
    viewer = staff("viewer")
    assert viewer.get(RULE).status_code == 200
    assert viewer.get(f"{RULE}{rule.pk}/change/").status_code == 200
    assert viewer.get(f"{RULE}add/").status_code == 403
    assert viewer.post(f"{RULE}{rule.pk}/change/", FORM).status_code == 403


def test_switching_a_rule_off_counts_as_a_persons_edit(manager):
    rule = Rule(slug="r", name="R", query="level:error")
    rule.save()
    manager.post(RULE, {"action": "disable", "_selected_action": [rule.pk]})
    rule.refresh_from_db()
    assert (rule.enabled, rule.edited, rule.version) == (False, True, 2)


def test_the_list_says_the_rule_in_words_and_when_it_last_fired(manager):
    Rule(slug="no-price", name="R", query="level:error").save()
    alert()
    page = manager.get(RULE).content.decode()
    assert "on every record with level:error" in page
    assert "March 1, 2026" in page


def test_a_responder_acts_on_alerts_and_a_viewer_does_not():
    made = alert()
    body = {"action": "acknowledge", "_selected_action": [made.pk]}
    staff("viewer").post("/admin/alerts/alert/", body)
    made.refresh_from_db()
    assert made.status == "open"
    staff("responder").post("/admin/alerts/alert/", body)
    made.refresh_from_db()
    assert made.status == "acknowledged"
    assert Transition.objects.get().by == "a-responder"


def test_an_action_that_comes_too_late_says_so():
    body = {"action": "acknowledge", "_selected_action": [alert(status="resolved").pk]}
    answer = staff("responder").post("/admin/alerts/alert/", body, follow=True)
    assert "1 were not in a state for it" in answer.content.decode()


def test_an_alert_can_be_looked_at_and_not_changed(superuser):
    made = alert()
    assert superuser.get(f"/admin/alerts/alert/{made.pk}/change/").status_code == 200
    assert superuser.post(f"/admin/alerts/alert/{made.pk}/change/", {"status": "open"}).status_code == 403
    assert superuser.get("/admin/alerts/alert/add/").status_code == 403


def test_a_new_ingest_key_is_shown_once_and_works_by_its_digest(manager):
    answer = manager.post("/admin/ingest/ingestkey/add/", {"name": "shop", "requests_per_second": "0"})
    assert answer.status_code == 200
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    key = IngestKey.objects.get(digest=digest(secret))
    assert secret not in manager.get(f"/admin/ingest/ingestkey/{key.pk}/change/").content.decode()
    assert secret not in manager.get("/admin/ingest/ingestkey/").content.decode()


def test_a_key_is_revoked_and_stays_in_the_list(manager):
    manager.post("/admin/ingest/ingestkey/add/", {"name": "shop", "requests_per_second": "0"})
    key = IngestKey.objects.get()
    manager.post("/admin/ingest/ingestkey/", {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at
    assert "revoked" in manager.get("/admin/ingest/ingestkey/").content.decode()


def test_a_manager_makes_tokens_for_nobody_else(manager, superuser):
    body = {
        "name": "ci",
        "scope": "read",
        "user": User.objects.get(username="root").pk,
        "expires_at_0": "",
        "expires_at_1": "",
    }
    answer = manager.post("/admin/accounts/apitoken/add/", body)
    token = ApiToken.objects.get(digest=digest(answer.context["secret"]))
    assert token.user.username == "a-manager"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "alerts/rule/",
        "alerts/rule/add/",
        "alerts/issuecode/",
        "alerts/issuecode/add/",
        "alerts/alert/",
        "alerts/transition/",
        "ingest/ingestkey/",
        "ingest/ingestkey/add/",
        "ingest/deadletter/",
        "accounts/apitoken/",
        "accounts/apitoken/add/",
        "auth/user/",
        "auth/user/add/",
        "auth/group/",
    ],
)
def test_every_page_of_the_admin_opens(superuser, path):
    IssueCode(code="X", title="x").save()
    alert()
    DeadLetter.objects.create(id="a", reason="malformed", error="x", payload="{}", received_at=NOON)
    assert superuser.get(f"/admin/{path}").status_code == 200


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
