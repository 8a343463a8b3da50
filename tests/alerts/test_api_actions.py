"""What the API lets people do to alerts beyond acknowledge and resolve, to one and to many."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from alerts.event import alert_event
from alerts.matching import Candidate, meets, narrowed
from alerts.models import Alert, Rule
from query.fields import ALERTS as FIELDS
from tests.alerts.test_api_alerts import ALERTS, alert, post
from tests.staff import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def responder():
    return signed_in("responder")


def test_each_action_answers_with_the_alert(responder):
    made, other = alert(0), alert(1)
    User.objects.create_user("grace")
    path, later = f"{ALERTS}{made.pk}/", (timezone.now() + timedelta(hours=1)).isoformat()
    assert post(responder, f"{path}assign/", assignee="grace").json()["assignee"] == "grace"
    assert post(responder, f"{path}assign/", assignee=None).json()["assignee"] is None
    assert post(responder, f"{path}verdict/", verdict="noise").json()["verdict"] == "noise"
    snoozed = post(responder, f"{path}snooze/", until=later, more=5).json()
    assert (snoozed["status"], snoozed["snoozed_count"], bool(snoozed["snoozed_until"])) == ("snoozed", 5, True)
    gone = post(responder, f"{path}merge/", into=str(other.pk)).json()
    assert (gone["status"], gone["merged_into"]) == ("resolved", str(other.pk))


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("assign", {}, "assignee"),
        ("assign", {"assignee": "nobody-here"}, "assignee"),
        ("snooze", {}, "until"),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, "until"),
        ("snooze", {"more": 0}, "more"),
        ("verdict", {"verdict": "maybe"}, "verdict"),
        ("merge", {"into": "00000000-0000-0000-0000-000000000000"}, "into"),
    ],
)
def test_a_wrong_body_is_400_and_names_the_field(responder, action, body, field):
    answer = post(responder, f"{ALERTS}{alert().pk}/{action}/", **body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_the_second_of_two_who_take_it_gets_409(responder):
    path = f"{ALERTS}{alert().pk}/assign/"
    User.objects.create_user("grace")
    assert post(responder, path, assignee="grace", instead_of=None).status_code == 200
    answer = post(responder, path, assignee="a-responder", instead_of=None)
    assert (answer.status_code, answer.json()["detail"]) == (409, "the alert is assigned to grace")


def test_bulk_acts_on_what_the_filter_meets_and_says_how_many_were_late(responder):
    alert(0, service="payment")
    alert(1, service="payment", status="resolved")
    alert(2, service="mail")
    chosen = {"q": "service:pay*"}
    assert responder.get(f"{ALERTS}count/?q=service:pay*").json() == {"count": 2}
    answer = post(responder, f"{ALERTS}bulk/", action="acknowledge", filter=chosen, reason="all of it")
    assert answer.json() == {"matched": 2, "done": 1, "refused": 1}
    assert list(Alert.objects.order_by("last_seen").values_list("status", flat=True)) == [
        "acknowledged",
        "resolved",
        "open",
    ]


def test_bulk_takes_ids_or_a_filter(responder):
    made = alert()
    both = {"action": "resolve", "ids": [str(made.pk)]}
    assert post(responder, f"{ALERTS}bulk/", **both, filter={}).status_code == 400
    assert post(responder, f"{ALERTS}bulk/", action="resolve").status_code == 400
    assert post(responder, f"{ALERTS}bulk/", action="snooze", filter={}).status_code == 400
    assert post(responder, f"{ALERTS}bulk/", **both).json() == {"matched": 1, "done": 1, "refused": 0}


def test_a_viewer_may_not_act_on_many():
    assert post(signed_in("viewer"), f"{ALERTS}bulk/", action="resolve", filter={}).status_code == 403


def test_a_scorecard_counts_what_people_said_by_version(responder):
    rule = Rule(slug="price-missing", name="Price", query="error_code:PRICE_MISSING")
    rule.save()
    for number, verdict in enumerate(("real", "noise", "known", "real", "")):
        alert(number, verdict=verdict)
    rule.save()
    newest, first = responder.get("/api/v1/rules/price-missing/scorecard/").json()["results"]
    assert (first["version"], first["alerts"], first["precision"]) == (1, 5, 0.75)
    assert first["verdicts"] == {"real": 2, "noise": 1, "known": 1}
    assert (newest["version"], newest["alerts"], newest["precision"], newest["until"]) == (2, 0, None, None)


def test_a_query_reads_from_an_alert_what_its_event_says():
    made = alert(assignee=User.objects.create_user("ada"), group={"service": "checkout"}, verdict="real")
    event = alert_event(made)
    names = {("issue_code" if name == "code" else name) for name in FIELDS.fields}
    assert {name: Candidate(made).get(name) for name in names} == {name: event.get(name) for name in names}


@pytest.mark.parametrize(
    "text",
    [
        "service:payment",
        "service:payment OR severity:warn",
        "NOT service:payment",
        "service:payment AND price",
        "service:payment OR price",
        "assignee:ada OR (status:open AND NOT rule:other)",
        "missing",
        "*",
        "last_seen:[2026-03-01T12:01:00Z TO *]",
    ],
)
def test_what_the_database_narrows_loses_nothing(text):
    alert(0, service="payment", message="slow")
    alert(1, severity="warn", assignee=User.objects.create_user("ada"))
    alert(2, service="mail", status="resolved", rule_slug="other")
    whole = {one.pk for one in filter(meets(text), Alert.objects.all())}
    assert {one.id for one in filter(meets(text), narrowed(Alert.objects.all(), text))} == whole
