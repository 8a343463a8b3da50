"""A problem and its ticket, from the first alert to the next one after years, at either kind of site."""

import json

import pytest

from alerts.models import Alert
from integrations.destinations.kind import Passing, Permanent
from integrations.models import Ticket

pytestmark = pytest.mark.django_db


def test_an_alert_makes_a_ticket_and_shows_it(desk):
    alert = desk.alert()
    desk.happen(alert, "opened")
    [issue] = desk.issues()
    assert issue["summary"] == "PRICE_MISSING checkout: Product price is null or missing"
    assert "1.4.2" in json.dumps(issue["description"])
    assert issue["properties"]["stacklens"]["problem"] == alert.fingerprint
    alert.refresh_from_db()
    assert alert.ticket == {"key": issue["key"], "url": f"{desk.server.url}/browse/{issue['key']}", "status": "To Do"}
    assert list(alert.transitions.values_list("kind", flat=True)) == ["opened", "ticketed"]


def test_told_again_it_is_neither_made_nor_said_twice(desk):
    alert = desk.alert()
    desk.happen(alert, "opened")
    desk.tell(alert, alert.transitions.first())
    [issue] = desk.issues()
    assert issue["comments"] == []


def test_repeats_are_commented_once_in_a_while_and_refresh_the_description(desk):
    alert = desk.alert()
    desk.happen(alert, "opened")
    for count in (5, 50, 500):
        desk.happen(alert, "repeated", count=count)
    assert desk.issues()[0]["comments"] == []
    Ticket.objects.update(commented_at="2026-01-01T00:00:00Z")
    for count in (5000, 50000):
        desk.happen(alert, "repeated", count=count)
    [issue] = desk.issues()
    assert ["5,000 times" in json.dumps(one["body"]) for one in issue["comments"]] == [True]
    assert "5,000 times" in json.dumps(issue["description"])


@pytest.mark.parametrize(("way", "status"), [("comment", "To Do"), ("transition", "Released"), ("nothing", "To Do")])
def test_recovered_it_is_said_or_closed_by_choice(desk_with, way, status):
    desk = desk_with(on_recovered=way, done_states=["Released"])
    alert = desk.alert()
    desk.happen(alert, "opened")
    desk.happen(alert, "resolved", status="resolved")
    [issue] = desk.issues()
    assert (issue["status"], len(issue["comments"])) == (status, 0 if way == "nothing" else 1)


def close(desk, name, ago=0.0):
    """As people do it in Jira."""
    issue = desk.issues()[-1]
    desk.server.control(close={"key": issue["key"], "status": name, "ago": ago})


@pytest.mark.parametrize("name", ["Done", "Released"])
def test_back_while_its_ticket_is_young_the_ticket_is_reopened(desk, name):
    alert = desk.alert()
    desk.happen(alert, "opened")
    close(desk, name)
    desk.happen(alert, "reopened")
    [issue] = desk.issues()
    assert (issue["status"], len(issue["comments"])) == ("To Do", 1)


def test_back_later_there_is_a_new_ticket_linked_to_the_old(desk):
    alert = desk.alert()
    desk.happen(alert, "opened")
    close(desk, "Done", ago=8 * 86400)
    desk.happen(alert, "resolved", status="resolved")
    again = desk.alert(episode=2)
    desk.happen(again, "opened")
    old, new = desk.issues()
    assert (old["status"], new["status"]) == ("Done", "To Do")
    assert [(one["inward"], one["outward"]) for one in new["links"]] == [(new["key"], old["key"])]
    again.refresh_from_db()
    assert again.ticket["key"] == new["key"]


def test_what_wont_be_done_stays_closed(desk):
    alert = desk.alert()
    desk.happen(alert, "opened")
    close(desk, "Won't Do")
    desk.happen(alert, "reopened")
    assert [(one["status"], one["comments"]) for one in desk.issues()] == [("Won't Do", [])]


def test_a_snooze_changes_nothing_in_jira(desk_with):
    desk = desk_with(on_recovered="transition")
    alert = desk.alert()
    desk.happen(alert, "opened")
    desk.happen(alert, "snoozed", status="snoozed")
    assert [(one["status"], one["comments"]) for one in desk.issues()] == [("To Do", [])]


def test_what_people_write_is_said_there_once(desk):
    alert = desk.alert()
    desk.happen(alert, "opened")
    desk.happen(alert, "commented")
    desk.tell(alert, alert.transitions.get(kind="commented"))
    [issue] = desk.issues()
    assert ["ada wrote in StackLens: why" in json.dumps(one["body"]) for one in issue["comments"]] == [True]


def test_nothing_is_made_for_what_is_over(desk):
    alert = desk.alert(status="resolved")
    desk.happen(alert, "resolved")
    assert desk.issues() == []


def test_one_for_each_rule_by_choice(desk_with):
    desk = desk_with(one_per="rule")
    first = desk.alert()
    desk.happen(first, "opened")
    desk.group = desk.group | {"run": "other"}
    desk.happen(desk.alert(), "opened")
    assert Ticket.objects.count() == 1
    assert len(set(Alert.objects.values_list("ticket__key", flat=True))) == 1


def test_required_fields_are_filled_from_templates(desk_with):
    fields = {
        "Team": "Shop",
        "Area": "Backend / Prices",
        "Impact": "{{ count }}",
        "customfield_10053": "see {{ alert }}",
    }
    desk = desk_with(issue_type="Incident", fields=fields, priorities={"error": "High"}, components=["checkout"])
    desk.happen(desk.alert(), "opened")
    [issue] = desk.issues()
    custom = issue["custom"]
    assert custom["customfield_10051"] == {"value": "Backend", "child": {"value": "Prices"}}
    assert (custom["customfield_10050"], custom["customfield_10052"]) == ({"value": "Shop"}, 3)
    assert (issue["priority"], issue["components"]) == ("High", ["checkout"])


LOST = [
    {"do": "done-then-reset"},
    {"do": "done-then-html", "status": 502},
    {"do": "status", "status": 503},
    {"do": "reset"},
]


@pytest.mark.parametrize("lag", [0, 1.0])
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault["do"])
def test_a_create_whose_answer_is_lost_makes_one_ticket(desk, fault, lag):
    desk.server.control(lag=lag, faults=[{"match": "POST .*/issue$", "times": 1, **fault}])
    alert = desk.alert()
    patient(desk, alert)
    assert len(desk.issues()) == 1
    assert Ticket.objects.get().key == desk.issues()[0]["key"]


def patient(desk, alert):
    """As a notifier is."""
    import time

    for _ in range(100):
        try:
            return desk.happen(alert, "opened")
        except Passing as passing:
            time.sleep(min(passing.retry_after or 0.1, 0.5))
    raise AssertionError("it never came through")


@pytest.mark.parametrize(
    ("fault", "kind", "wait"),
    [
        ({"do": "status", "status": 429, "headers": {"Retry-After": "7"}}, Passing, 7.0),
        ({"do": "status", "status": 401}, Permanent, None),
        ({"do": "status", "status": 403}, Permanent, None),
        ({"do": "html", "status": 503}, Passing, None),
        ({"do": "redirect"}, Permanent, None),
    ],
)
def test_what_goes_wrong_is_passing_or_permanent(desk, fault, kind, wait):
    desk.server.control(faults=[{"match": "/rest/", **fault}])
    with pytest.raises(kind) as failed:
        desk.happen(desk.alert(), "opened")
    assert getattr(failed.value, "retry_after", None) == wait
