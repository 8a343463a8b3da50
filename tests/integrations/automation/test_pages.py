"""Actions on the alert's page, in the API and in the admin."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from integrations.automation import runs
from integrations.models import Action, ActionRun
from tests.alerts.test_api_alerts import alert as alert_at
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-32-characters-length"
GIVEN = {"name": "restart", "url": "https://ops.example/restart", "secret": SECRET, "mode": "approve"}


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    answer = client.generic(method, f"/api/v1/{path}", json.dumps(body) if body is not None else "", "application/json")
    return answer.status_code, answer.json()


def opened() -> Any:
    return alert_at(automation_action="restart")


def test_an_action_is_made_and_changed_by_managers_and_its_secret_never_comes_back():
    manager, responder = signed_in("manager", "mia"), signed_in("responder", "rob")
    code, made = send(manager, "POST", "actions/", GIVEN)
    assert (code, made["has_secret"], made["changed_by"], made["risky"]) == (201, True, "mia", True)
    assert send(responder, "POST", "actions/", {**GIVEN, "name": "other"})[0] == 403
    code, changed = send(manager, "PATCH", "actions/restart/", {"description": "restarts it"})
    assert (code, changed["description"], changed["has_secret"]) == (200, "restarts it", True)
    assert SECRET not in json.dumps([made, changed, send(responder, "GET", "actions/")])
    assert Action.objects.get().secret() == SECRET
    assert send(manager, "POST", "actions/", GIVEN)[0] == 400
    notes = LogEntry.objects.order_by("pk").values_list("user__username", "change_message")
    assert list(notes) == [("mia", "made by the API"), ("mia", "description:  → restarts it")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://ops.example/"),
        ("url", "https://169.254.169.254/"),
        ("name", "a b"),
        ("parameters", {"a": "{{ request.user }}"}),
        ("parameters", {"A": "x"}),
        ("check_query", "status:("),
        ("secret", "short"),
        ("mode", "always"),
        ("min_confidence", 2),
    ],
)
def test_what_is_wrong_with_an_action_is_said_by_field(field, value):
    code, answer = send(signed_in("manager", "mia"), "POST", "actions/", {**GIVEN, field: value})
    assert (code, list(answer["errors"])) == (400, [field])


def test_a_command_is_one_of_the_list(settings):
    manager = signed_in("manager", "mia")
    given = {"name": "topics", "kind": "command", "command": "create_topics"}
    assert "command" in send(manager, "POST", "actions/", given)[1]["errors"]
    settings.AUTOMATION_COMMANDS = ["create_topics"]
    assert send(manager, "POST", "actions/", given)[0] == 201


def test_two_people_take_a_risky_action_to_its_approval():
    send(signed_in("manager", "mia"), "POST", "actions/", {**GIVEN, "mode": "suggest"})
    alert, rob, sue, viewer = (
        opened(),
        signed_in("responder", "rob"),
        signed_in("responder", "sue"),
        signed_in("viewer", "vic"),
    )
    base = f"alerts/{alert.pk}/action/"
    code, dry = send(viewer, "GET", base)
    assert (code, dry["runs"], dry["call"].splitlines()[0]) == (200, [], "POST https://ops.example/restart")
    seen = {"call_hash": dry["call_hash"]}
    assert send(viewer, "POST", f"{base}ask/", seen)[0] == 403
    assert send(rob, "POST", f"{base}ask/", {"call_hash": "0" * 64})[0] == 409
    code, run = send(rob, "POST", f"{base}ask/", seen)
    assert (code, run["state"], run["asked_by"]) == (200, "waiting", "rob")
    approval = {"run": run["id"], **seen}
    code, answer = send(rob, "POST", f"{base}approve/", approval)
    assert (code, "somebody else" in answer["detail"]) == (403, True)
    assert send(sue, "POST", f"{base}approve/", {**approval, "call_hash": "0" * 64})[0] == 409
    code, run = send(sue, "POST", f"{base}approve/", approval)
    assert (code, run["state"], run["approved_by"]) == (200, "approved", "sue")
    assert send(sue, "POST", f"{base}reject/", {"run": run["id"]})[0] == 409
    assert send(viewer, "GET", "action-runs/?state=approved&action=restart")[1]["results"] == [run]
    assert send(viewer, "GET", f"alerts/{alert_at(1).pk}/action/")[0] == 404


def test_the_page_shows_the_exact_call_and_the_buttons_that_one_may_press():
    send(signed_in("manager", "mia"), "POST", "actions/", {**GIVEN, "parameters": {"to": "{{ alert.message }}"}})
    alert = alert_at(automation_action="restart", message="<script>alert(1)</script>")
    runs.plan(timezone.now())
    run = ActionRun.objects.get()
    pages = {
        name: client.get(f"/alerts/{alert.pk}/panel/").content.decode()
        for name, client in (("rob", signed_in("responder", "rob")), ("vic", signed_in("viewer", "vic")))
    }
    assert all("POST https://ops.example/restart" in page and "<script>alert" not in page for page in pages.values())
    assert f"&quot;call_hash&quot;: &quot;{run.call_hash}" in pages["rob"] or run.call_hash in pages["rob"]
    assert ["action/approve" in page for page in pages.values()] == [True, False]
    mia = Client()
    mia.force_login(User.objects.get(username="mia"))
    page = mia.get(f"/alerts/{alert.pk}/panel/").content.decode()
    assert ("somebody else than who changed it" in page, "action/approve" in page) == (True, False)


def test_the_admin_keeps_the_secret_and_says_who_changed_what():
    mia = signed_in("manager", "mia", is_staff=True)
    form = {**GIVEN, "kind": "webhook", "parameters": "{}", "min_confidence": "0.9", "per_hour": "3", "enabled": "on"}
    form |= {"expires_minutes": "60", "check_minutes": "10", "check_query": "status:resolved", "risky": "on"}
    assert mia.post("/admin/integrations/action/add/", form).status_code == 302
    made = Action.objects.get()
    assert (made.secret(), made.changed_by) == (SECRET, "mia")
    path = f"/admin/integrations/action/{made.pk}/change/"
    changed = {**form, "secret": "", "url": "https://ops.example/again"}
    assert mia.post(path, changed).status_code == 302
    assert Action.objects.get().secret() == SECRET
    wrong = mia.post(path, {**form, "url": "https://127.0.0.1/"}).content.decode()
    assert "not public" in wrong
    alert_at(automation_action="restart")
    runs.plan(timezone.now())
    run = ActionRun.objects.get()
    pages = [
        path,
        f"{path.replace('change', 'history')}",
        "/admin/integrations/actionrun/",
        "/admin/integrations/action/",
    ]
    shown = [mia.get(page) for page in (*pages, f"/admin/integrations/actionrun/{run.pk}/change/")]
    assert {page.status_code for page in shown} == {200}
    assert not any(SECRET in page.content.decode() for page in shown)
