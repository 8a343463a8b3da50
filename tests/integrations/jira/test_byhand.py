"""Tickets by hand, and what differs between a ticket and its alert, settled for either side."""

import json

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from alerts.models import Alert
from integrations.jira import poller
from integrations.models import Ticket
from tests.alerts.test_api_alerts import ALERTS, post
from tests.integrations.jira.test_heard import act, poll
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
DRIFT = "/api/v1/tickets/drift/"


@pytest.fixture
def responder():
    return signed_in("responder")


def ask(responder, alert, **body):
    return post(responder, f"{ALERTS}{alert.pk}/ticket/", **body)


def drift(responder):
    return [(one["what"], one["here"], one["there"]) for one in responder.get(DRIFT).json()["results"]]


def settle(responder, what, side):
    return post(responder, f"/api/v1/tickets/{Ticket.objects.get().pk}/settle/", what=what, side=side).status_code


def test_asked_for_twice_there_is_one_ticket(desk, responder):
    alert = desk.alert()
    made = ask(responder, alert)
    assert (made.status_code, made.json()["ticket"]["key"]) == (200, desk.issues()[0]["key"])
    assert ask(responder, alert).status_code == 200
    assert len(desk.issues()) == 1
    assert alert.transitions.get(kind="ticketed").by == "a-responder"


def test_an_issue_that_there_is_can_be_linked_and_is_the_ticket_from_then_on(desk, responder):
    alert, other = desk.alert(), "SHOP-0"
    assert ask(responder, alert, key=other).status_code == 409
    desk.happen(alert, "opened")
    first = desk.issues()[0]["key"]
    desk.group = desk.group | {"run": "another"}
    second = desk.alert()
    assert ask(responder, second, key=first).json()["ticket"]["key"] == first
    desk.happen(second, "escalated")
    assert any("It got worse" in json.dumps(one["body"]) for one in desk.issues()[0]["comments"])


def test_a_viewer_may_not_and_without_a_jira_it_says_so(desk):
    alert = desk.alert()
    assert ask(signed_in("viewer"), alert).status_code == 403
    desk.destination.delete()
    answer = ask(signed_in("responder"), alert)
    assert (answer.status_code, answer.json()["errors"]) == (400, {"destination": ["no Jira is connected"]})


def test_what_jira_refuses_is_said_and_what_passes_is_503(desk, responder):
    desk.server.control(denied=["CREATE_ISSUES"])
    answer = ask(responder, desk.alert())
    assert (answer.status_code, "permission" in answer.json()["detail"]) == (409, True)
    desk.server.control(faults=[{"match": "/rest/", "do": "status", "status": 429, "headers": {"Retry-After": "9"}}])
    answer = ask(responder, Alert.objects.get())
    assert (answer.status_code, answer["Retry-After"]) == (503, "9")


@pytest.mark.parametrize(("side", "alert_is", "ticket_is"), [("there", "resolved", "Done"), ("here", "open", "To Do")])
def test_a_ticket_that_is_done_while_the_alert_fires(desk_with, responder, side, alert_is, ticket_is):
    desk = desk_with(resolve=False)
    alert = desk.alert()
    desk.happen(alert, "opened")
    act(desk, status="Done")
    poll()
    assert drift(responder) == [("status", "open", "Done")]
    assert settle(responder, "status", side) == 204
    alert.refresh_from_db()
    assert (alert.status, desk.issues()[0]["status"]) == (alert_is, ticket_is)
    assert drift(responder) == []
    assert settle(responder, "status", side) == 409


@pytest.mark.parametrize(("side", "here", "there"), [("there", "ada", "ada"), ("here", "grace", "grace")])
def test_two_people_who_think_they_are_on_it(desk, responder, side, here, there):
    people = {name: User.objects.create_user(name, email=f"{name}@example.com") for name in ("ada", "grace")}
    alert = desk.alert()
    desk.happen(alert, "opened")
    act(desk, assignee="ada")
    poll()
    desk.happen(alert, "assigned", assignee=people["grace"])
    assert drift(responder) == [("assignee", "grace", "Ada Lovelace")]
    assert settle(responder, "assignee", side) == 204
    alert.refresh_from_db()
    assert (alert.assignee.username, desk.issues()[0]["assignee"]) == (here, f"557058:{there}")


def test_somebody_there_whom_nobody_here_knows_is_a_difference_that_only_we_can_settle(desk, responder):
    desk.happen(desk.alert(), "opened")
    act(desk, assignee="grace")
    poll()
    assert drift(responder) == [("assignee", "nobody", "Grace Hopper")]
    assert settle(responder, "assignee", "there") == 409
    assert settle(responder, "assignee", "here") == 204
    assert (desk.issues()[0]["assignee"], drift(responder)) == (None, [])


@pytest.mark.parametrize(("side", "key"), [("there", None), ("here", "SHOP")])
def test_a_ticket_that_was_deleted_is_made_again_or_forgotten(desk, responder, side, key):
    alert = desk.alert()
    desk.happen(alert, "opened")
    Ticket.objects.update(key="SHOP-999999", look_at=timezone.now())
    poller.step()
    assert drift(responder) == [("gone", "open", "deleted")]
    assert settle(responder, "gone", side) == 204
    alert.refresh_from_db()
    assert (alert.ticket or {}).get("key", "").partition("-")[0] == (key or "")
    assert drift(responder) == []
