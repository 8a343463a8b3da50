"""The API of alerts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiToken
from alerts.lifecycle import change, publish
from alerts.models import Alert
from telemetry.secrets import new_secret
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALERTS = "/api/v1/alerts/"


def alert(number: int = 0, **fields: Any) -> Alert:
    seen = NOON + timedelta(minutes=number)
    times = {"first_seen": NOON, "last_seen": seen, "created_at": NOON}
    values = {"fingerprint": f"f{number}", "rule_slug": "price-missing", "rule_version": 1, "service": "checkout"}
    more = {"issue_code": "PRICE_MISSING", "severity": "error", "message": "Product price is null or missing"}
    made = Alert.objects.create(**times | values | more | fields)
    publish([change(made, "opened", NOON, "1")])
    return made


@pytest.fixture
def client() -> Client:
    return signed_in("viewer")


@pytest.fixture
def responder() -> Client:
    return signed_in("responder")


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def test_without_a_login_the_answer_is_401_with_a_detail():
    answer = Client().get(ALERTS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["detail"]


def test_a_token_lets_a_program_read():
    secret, prefix, digest = new_secret("slt")
    ApiToken.objects.create(user=User.objects.create_user("ci"), name="ci", prefix=prefix, digest=digest)
    assert Client().get(ALERTS, headers={"authorization": f"Bearer {secret}"}).status_code == 200
    assert Client().get(ALERTS, headers={"authorization": "Bearer no"}).status_code == 401


def test_the_list_is_newest_first_and_its_pages_follow_each_other(client):
    made = [alert(number) for number in range(7)]
    url, pages = f"{ALERTS}?limit=3", []
    while url:
        page = client.get(url).json()
        pages.append([item["id"] for item in page["results"]])
        url = page["next"]
    assert pages == [[str(a.pk) for a in reversed(made[low:high])] for low, high in ((4, 7), (1, 4), (0, 1))]


def test_pages_break_ties_by_id(client):
    for number in range(5):
        alert(number, last_seen=NOON)
    first = client.get(f"{ALERTS}?limit=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    ids = [item["id"] for page in (first, second, third) for item in page["results"]]
    assert len(set(ids)) == len(ids) == 5
    assert third["next"] is None


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("status=resolved", [1]),
        ("status=open&status=resolved", [2, 1, 0]),
        ("severity=warn", [2]),
        ("issue_code=PRICE_MISSING", [1, 0]),
        ("service=payment", [2]),
        ("since=2026-03-01T12:01:00Z", [2, 1]),
        ("until=2026-03-01T12:01:00Z", [0]),
        ("q=service:payment", [2]),
        ("q=severity:error AND NOT status:resolved", [0]),
        ("q=", [2, 1, 0]),
    ],
)
def test_filters_choose(client, query, numbers):
    made = [
        alert(0),
        alert(1, status="resolved"),
        alert(2, severity="warn", issue_code="PAYMENT_SLOW", service="payment"),
    ]
    answer = client.get(f"{ALERTS}?{query}").json()
    assert [item["id"] for item in answer["results"]] == [str(made[number].pk) for number in numbers]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("q=colour:red", "colour"),
        ("q=service:(", "q"),
        ("since=yesterday", "since"),
        ("until=12", "until"),
        ("status=broken", "status"),
        ("limit=0", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=WyIyMDI2LTAzLTAxVDEyOjAwOjAwWiIsIngiXQ==", "cursor"),
        ("service=%00", "service"),
    ],
)
def test_a_wrong_parameter_is_400_and_named(client, query, name):
    answer = client.get(f"{ALERTS}?{query}")
    assert answer.status_code == 400
    assert name in answer.json()["detail"]


def test_a_wrong_query_says_where(client):
    answer = client.get(f"{ALERTS}?q=severity:error AND colour:red").json()
    assert (answer["position"], answer["length"]) == (19, 6)


def test_a_query_is_matched_past_the_first_chunk_and_stops_at_the_cap(client, monkeypatch):
    monkeypatch.setattr("search.api.pages.CHUNK", 2)
    monkeypatch.setattr("search.api.pages.SCAN_LIMIT", 4)
    last = alert(0, service="payment")
    for number in range(1, 8):
        alert(number)
    first = client.get(f"{ALERTS}?q=service:pay*").json()  # of which the database knows nothing
    assert first["results"] == []
    second = client.get(first["next"]).json()
    assert [item["id"] for item in second["results"]] == [str(last.pk)]


def test_one_alert_and_its_history(client):
    made = alert()
    assert client.get(f"{ALERTS}{made.pk}/").json()["issue_code"] == "PRICE_MISSING"
    history = client.get(f"{ALERTS}{made.pk}/transitions/").json()
    assert [item["kind"] for item in history["results"]] == ["opened"]


def test_an_alert_that_is_not_there_is_404(client, responder):
    nowhere = f"{ALERTS}00000000-0000-0000-0000-000000000000/"
    assert client.get(nowhere).status_code == 404
    assert post(responder, f"{nowhere}resolve/").status_code == 404


def test_a_viewer_may_not_act(client):
    made = alert()
    answer = post(client, f"{ALERTS}{made.pk}/acknowledge/")
    assert answer.status_code == 403
    assert "responder" in answer.json()["detail"]


def test_a_responder_acts_and_the_history_says_who_and_why(responder):
    made = alert()
    path = f"{ALERTS}{made.pk}/"
    assert post(responder, f"{path}acknowledge/", reason="mine").json()["status"] == "acknowledged"
    assert post(responder, f"{path}resolve/", reason="fixed").json()["status"] == "resolved"
    assert post(responder, f"{path}reopen/").json()["status"] == "open"
    assert post(responder, f"{path}comment/", text="odd").json()["seq"] == 5
    history = responder.get(f"{path}transitions/").json()["results"]
    assert [(item["kind"], item["by"], item["reason"]) for item in history[1:]] == [
        ("acknowledged", "a-responder", "mine"),
        ("resolved", "a-responder", "fixed"),
        ("reopened", "a-responder", ""),
        ("commented", "a-responder", "odd"),
    ]


def test_the_second_of_two_people_gets_409(responder):
    path = f"{ALERTS}{alert().pk}/acknowledge/"
    assert post(responder, path).status_code == 200
    second = post(responder, path)
    assert second.status_code == 409
    assert "acknowledged" in second.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": 1.5e400}, {"text": ["a"]}])
def test_a_comment_needs_a_text(responder, body):
    answer = responder.post(f"{ALERTS}{alert().pk}/comment/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_body_that_is_not_an_object_is_400(responder):
    path = f"{ALERTS}{alert().pk}/acknowledge/"
    for body in ("[1]", '"x"', "{"):
        answer = responder.generic("POST", path, body, content_type="application/json")
        assert (answer.status_code, bool(answer.json()["detail"])) == (400, True)
