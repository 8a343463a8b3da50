"""The versions of a rule: who, what, and the way back."""

from typing import Any

import pytest

from alerts.models import IssueCode, Rule, RuleVersion
from alerts.rule_history import Unreturnable, pieces, roll_back, steps
from tests.staff import staff

pytestmark = pytest.mark.django_db
RULES = "/api/v1/rules/"
PRICE: dict[str, Any] = {
    "slug": "price",
    "name": "Price",
    "query": "level:error AND price",
    "config": {"resolve_after": 30},
}


@pytest.fixture
def rule() -> Rule:
    made = Rule(**PRICE)
    made.save()
    return made


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("level:error AND a", "level:error AND b", [("same", "level:error AND"), ("gone", "a"), ("new", "b")]),
        (True, False, [("gone", "yes"), ("new", "no")]),
        (
            {"window": 5, "threshold": 1},
            {"window": 9, "threshold": 1},
            [("gone", "window: 5"), ("new", "window: 9"), ("same", "threshold: 1")],
        ),
        (["service"], ["service", "host"], [("same", "service"), ("new", "host")]),
        ("", "x", [("new", "x")]),
        (None, "CODE", [("new", "CODE")]),
        (1, 1.5, [("gone", "1"), ("new", "1.5")]),
    ],
)
def test_a_change_is_shown_by_what_went_and_what_came(before, after, expected):
    assert pieces(before, after) == expected


def test_a_version_says_what_it_changed_and_who_did(rule):
    rule.severity, rule.message = "warn", "No price"
    rule.save(by="ada", note="too loud")
    newest, first = steps(rule)
    assert {change.field: (change.before, change.after) for change in newest.changes} == {
        "severity": ("error", "warn"),
        "message": ("", "No price"),
    }
    assert (newest.version.author, newest.version.note) == ("ada", "too loud")
    assert (first.version.author, first.changes) == ("system", [])


def test_rolling_back_is_a_new_version_that_is_as_the_old_one(rule):
    was = rule.spec()
    IssueCode(code="X", title="X").save()
    rule.query, rule.type, rule.config, rule.name, rule.issue_id = "level:warn", "frequency", {}, "Other", "X"
    rule.save(by="ada")
    back = roll_back("price", 1, "bob")
    assert back.version == 3
    assert (back.query, back.type, back.config, back.name, back.issue) == (
        was.query,
        was.type,
        was.config,
        "Price",
        None,
    )
    assert back.edited
    newest = steps(back)[0].version
    assert (newest.author, newest.note) == ("bob", "rolled back to version 1")


def test_a_version_whose_issue_is_gone_comes_back_without_it(rule):
    IssueCode(code="X", title="X").save()
    rule.issue_id = "X"
    rule.save()
    IssueCode.objects.all().delete()
    assert roll_back("price", 2, "bob").issue is None


def test_a_version_that_can_no_longer_be_judged_does_not_come_back(rule):
    RuleVersion.objects.filter(rule=rule).update(spec=rule.versions.get().spec | {"query": "colour:red"})
    with pytest.raises(Unreturnable, match="colour"):
        roll_back("price", 1, "bob")
    rule.refresh_from_db()
    assert rule.version == 1


def test_the_api_tells_the_versions_and_rolls_back():
    manager = staff("manager")
    manager.post(RULES, PRICE, content_type="application/json")
    manager.patch(f"{RULES}price/", {"severity": "info"}, content_type="application/json")
    newest, first = manager.get(f"{RULES}price/versions/").json()["results"]
    assert newest["changes"] == [{"field": "severity", "before": "error", "after": "info"}]
    assert (newest["author"], first["rule"]["severity"]) == ("a-manager", "error")
    assert "level:error AND price" in first["sentence"]
    back = manager.post(f"{RULES}price/rollback/", {"version": 1}, content_type="application/json")
    assert (back.status_code, back.json()["severity"], back.json()["version"]) == (200, "error", 3)


@pytest.mark.parametrize(
    ("role", "path", "body", "status"),
    [
        ("manager", "price/rollback/", {"version": 9}, 404),
        ("manager", "price/rollback/", {"version": "one"}, 400),
        ("manager", "prize/rollback/", {"version": 1}, 404),
        ("viewer", "price/rollback/", {"version": 1}, 403),
    ],
)
def test_a_roll_back_that_can_not_be_is_refused(rule, role, path, body, status):
    assert staff(role).post(f"{RULES}{path}", body, content_type="application/json").status_code == status
    rule.refresh_from_db()
    assert rule.version == 1


def test_the_admins_history_shows_each_version_and_goes_back(rule):
    rule.query = "level:error AND <price>"
    rule.save(by="ada")
    manager, path = staff("manager"), f"/admin/alerts/rule/{rule.pk}/history/"
    page = manager.get(path).content.decode()
    assert "<del>price</del>" in page
    assert "<ins>&lt;price&gt;</ins>" in page
    assert "ada" in page
    assert "version 3" in manager.post(path, {"version": "1"}, follow=True).content.decode()
    rule.refresh_from_db()
    assert rule.query == "level:error AND price"


def test_a_viewer_sees_the_history_and_has_no_button(rule):
    rule.save()
    viewer, path = staff("viewer"), f"/admin/alerts/rule/{rule.pk}/history/"
    assert "Roll back" not in viewer.get(path).content.decode()
    assert viewer.post(path, {"version": "1"}).status_code == 403


def test_a_rule_saved_in_the_admin_has_its_author(rule):
    manager = staff("manager")
    manager.post("/admin/alerts/rule/", {"action": "disable", "_selected_action": [rule.pk]})
    newest = steps(Rule.objects.get())[0].version
    assert (newest.author, newest.note) == ("a-manager", "switched off")
