"""The admin's lists of rules and alerts: who may do what, and that every page opens."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from alerts.models import Alert, IssueCode, Rule, Transition
from ingest.models import DeadLetter
from tests.staff import staff, superuser_client

pytestmark = pytest.mark.django_db
RULE = "/admin/alerts/rule/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def superuser() -> Client:
    return superuser_client()


@pytest.fixture
def manager() -> Client:
    return staff("manager")


def alert(**fields: Any) -> Alert:
    values = {"fingerprint": "f", "rule_slug": "no-price", "rule_version": 1, "service": "checkout"}
    times = {"first_seen": NOON, "last_seen": NOON, "created_at": NOON}
    return Alert.objects.create(**values | times | {"issue_code": "X", "severity": "error", "message": "x"} | fields)


def test_a_viewer_sees_a_rule_but_has_no_form():
    rule = Rule(slug="r", name="R", query="level:error")
    rule.save()
    viewer = staff("viewer")
    assert viewer.get(RULE).status_code == 200
    assert viewer.get(f"{RULE}{rule.pk}/change/").status_code == 200
    assert viewer.get(f"{RULE}add/").status_code == 403
    assert viewer.post(f"{RULE}{rule.pk}/change/", {"name": "Other"}).status_code == 403


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


def test_the_list_marks_rules_that_are_tried_on_every_record(manager):
    Rule(slug="quick", name="Quick", query="level:error").save()
    assert "every record is tried" not in manager.get(RULE).content.decode()
    Rule(slug="slow", name="Slow", query="NOT level:error").save()
    assert manager.get(RULE).content.decode().count("every record is tried") == 1


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
    assert "1 was not in a state for it" in answer.content.decode()


def test_an_alert_can_be_looked_at_and_not_changed(superuser):
    made = alert()
    assert superuser.get(f"/admin/alerts/alert/{made.pk}/change/").status_code == 200
    assert superuser.post(f"/admin/alerts/alert/{made.pk}/change/", {"status": "open"}).status_code == 403
    assert superuser.get("/admin/alerts/alert/add/").status_code == 403


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
