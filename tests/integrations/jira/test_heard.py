"""What people do in Jira comes back to the alert, by webhook or by polling, and what we did there doesn't."""

import hashlib
import hmac
import json

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.utils import timezone

from alerts import lifecycle
from integrations.jira import poller
from integrations.models import Polled, Ticket

pytestmark = pytest.mark.django_db


def poll():
    Polled.objects.update(next_at=timezone.now())
    poller.step()


def kinds(alert):
    return [(one.kind, one.by) for one in alert.transitions.order_by("seq")]


@pytest.fixture
def opened(desk):
    alert = desk.alert()
    lifecycle.publish([lifecycle.change(alert, "opened", timezone.now(), "1")])
    desk.tell(alert, alert.transitions.get())
    poll()
    return alert


def act(desk, person="ada", **asked):
    key = desk.issues()[-1]["key"]
    desk.server.control(act={"key": key, "person": person, **asked})


def test_closed_there_the_alert_is_resolved_and_opened_again_there_it_is_open(desk, opened):
    act(desk, status="Done")
    poll()
    opened.refresh_from_db()
    assert (opened.status, opened.ticket["status"]) == ("resolved", "Done")
    assert opened.transitions.filter(kind="resolved").get().reason == f"{opened.ticket['key']} is Done (Done)"
    act(desk, status="In Progress")
    poll()
    opened.refresh_from_db()
    assert (opened.status, opened.ticket["status"]) == ("open", "In Progress")


def test_who_is_on_it_there_is_on_it_here(desk, opened):
    User.objects.create_user("a.lovelace", email="ADA@example.com")
    act(desk, assignee="ada")
    poll()
    opened.refresh_from_db()
    assert opened.assignee.username == "a.lovelace"
    act(desk, assignee=None)
    poll()
    opened.refresh_from_db()
    assert opened.assignee is None


def test_somebody_unknown_here_changes_nothing(desk, opened):
    act(desk, assignee="grace")
    poll()
    opened.refresh_from_db()
    assert opened.assignee is None
    assert Ticket.objects.get().assignee == "Grace Hopper"


def test_what_is_said_there_is_said_here_once_and_does_not_go_back(desk, opened):
    act(desk, comment="Prices are back")
    poll()
    Ticket.objects.update(updated="", heard_upto=0)
    poll()
    said = opened.transitions.filter(kind="commented")
    assert [(one.by, one.reason) for one in said] == [("Ada Lovelace in Jira", "Prices are back")]
    desk.tell(opened, said.get())
    assert len(desk.issues()[0]["comments"]) == 1


def test_what_we_did_there_does_not_come_back(desk, opened):
    desk.happen(opened, "commented")
    desk.destination.settings["on_recovered"] = "transition"
    desk.happen(opened, "resolved", status="resolved", resolved_at=timezone.now())
    before = kinds(opened)
    Ticket.objects.update(updated="")
    poll()
    assert kinds(opened) == before


def test_closed_before_it_came_back_is_no_answer_to_it(desk, opened):
    act(desk, status="Done")
    desk.happen(opened, "reopened", status="open")
    opened.refresh_from_db()
    assert (opened.status, desk.issues()[0]["status"]) == ("open", "To Do")


def test_a_ticket_that_was_deleted_is_known_to_be_gone(desk, opened):
    Ticket.objects.update(key="SHOP-999999", look_at=timezone.now())
    poller.step()
    assert Ticket.objects.get().gone


def post(desk, body, secret="hush", path="jira"):
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    address = f"/api/v1/jira/{path}/webhook/"
    return Browser().post(address, body, content_type="application/json", headers={"X-Hub-Signature": signature})


def test_a_signed_webhook_makes_us_look_and_a_repeat_does_no_harm(desk, opened):
    desk.destination.put({"webhook_secret": "hush"})
    desk.destination.save()
    key = desk.issues()[0]["key"]
    act(desk, status="Done")
    body = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"key": key}}).encode()
    for _ in range(3):
        assert post(desk, body).status_code == 202
        poller.step()
    opened.refresh_from_db()
    assert opened.status == "resolved"
    assert opened.transitions.filter(kind="resolved").count() == 1


@pytest.mark.parametrize(("secret", "path", "status"), [("wrong", "jira", 403), ("hush", "other", 404)])
def test_a_webhook_that_anybody_could_have_sent_is_refused(desk, secret, path, status):
    desk.destination.put({"webhook_secret": "hush"})
    desk.destination.save()
    assert post(desk, b'{"issue": {"key": "SHOP-1"}}', secret, path).status_code == status


def test_without_a_secret_no_webhook_is_believed(desk):
    assert post(desk, b"{}", "").status_code == 403
