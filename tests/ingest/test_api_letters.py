"""The API of dead letters."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from ingest import requeue
from ingest.models import DeadLetter, QueueMessage

pytestmark = pytest.mark.django_db(transaction=True, databases={"default", settings.QUEUE_DATABASE})
GOOD = json.dumps({"timestamp": "2026-11-20T10:00:00Z", "service": "shop", "level": "info", "message": "paid"})


def letter(number: int, **fields: Any) -> DeadLetter:
    values = {"reason": "invalid_field", "error": "level: wrong", "payload": "{}", "service": "shop"} | fields
    return DeadLetter.objects.create(
        id=f"otel-logs-0-{number}-0", received_at=timezone.now(), headers={"encoding": "log"}, **values
    )


@pytest.fixture
def client():
    """A manager's."""
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get_or_create(name="manager")[0])
    made = Client()
    made.force_login(user)
    return made


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1/dead-letters/{path}", body, content_type="application/json")


def get(client: Client, path: str = "") -> Any:
    answer = client.get(f"/api/v1/dead-letters/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def queued() -> int:
    return QueueMessage.objects.using(settings.QUEUE_DATABASE).count()


def test_the_list_is_filtered_and_goes_on_by_cursor(client):
    for number in range(5):
        letter(number, service="shop" if number % 2 else "bank")
    letter(9, reason="malformed", settled_at=timezone.now())
    page = get(client, "?limit=4")
    rest = client.get(page["next"]).json()
    assert (len(page["results"]), len(rest["results"]), rest["next"]) == (4, 2, None)
    assert {row["id"] for row in get(client, "?service=shop&settled=false")["results"]} == {
        "otel-logs-0-1-0",
        "otel-logs-0-3-0",
    }
    assert [row["state"] for row in get(client, "?reason=malformed")["results"]] == ["settled"]
    assert get(client, "?until=2020-01-01T00:00:00Z")["results"] == []


def test_the_summary_counts_by_reason_and_sender(client):
    for number in range(3):
        letter(number)
    letter(3, service="bank")
    letter(4, settled_at=timezone.now())
    found = [(row["reason"], row["service"], row["count"]) for row in get(client, "summary/")["results"]]
    assert found == [("invalid_field", "shop", 3), ("invalid_field", "bank", 1)]


def test_one_is_shown_with_its_payload(client):
    assert get(client, letter(1).id + "/")["payload"] == "{}"
    assert client.get("/api/v1/dead-letters/none/").status_code == 404


def test_a_try_shows_the_record_or_why_not(client):
    path = f"{letter(1).id}/try/"
    assert post(client, path).json()["rejected"][0]["reason"] == "invalid_field"
    tried = post(client, path, payload=GOOD).json()
    assert (tried["records"][0]["message"], tried["rejected"]) == ("paid", [])
    DeadLetter.objects.update(settled_at=timezone.now())
    assert post(client, path).status_code == 409


def test_the_given_ones_are_requeued(client):
    answer = post(client, "requeue/", ids=[letter(1).id, letter(2, settled_at=timezone.now()).id, "none"])
    assert answer.json()["requeued"] == queued() == 1
    assert sum(passed["count"] for passed in answer.json()["passed_over"]) == 2
    assert DeadLetter.objects.get(id="otel-logs-0-1-0").requeued_by == "ada"


def test_all_of_a_sender_are_requeued_in_portions(client, monkeypatch):
    monkeypatch.setattr(requeue, "PORTION", 2)
    for number in range(5):
        letter(number)
    letter(7, service="bank")
    said: list[tuple[int, int]] = []
    after: dict[str, str] = {}
    while True:
        answer = post(client, "requeue/", service="shop", reason="invalid_field", **after).json()
        said.append((answer["requeued"], answer["left"]))
        if answer["after"] is None:
            break
        after = {"after": answer["after"]}
    assert said == [(2, 3), (2, 1), (1, 0)]
    assert queued() == 5


@pytest.mark.parametrize(
    "body", [{}, {"ids": ["a"], "reason": "malformed"}, {"reason": "malformed", "payload": "x"}, {"ids": []}]
)
def test_what_is_not_clear_is_not_requeued(client, body):
    assert post(client, "requeue/", **body).status_code == 400


def test_requeueing_takes_a_manager():
    client = Client()
    client.force_login(User.objects.create_user("bob"))
    assert post(client, "requeue/", ids=[letter(1).id]).status_code == 403
    assert queued() == 0


def test_a_full_queue_says_when_to_come_again(client, settings):
    settings.INGEST_QUEUE_MAX_BYTES = -1  # even nothing is too much
    answer = post(client, "requeue/", ids=[letter(1).id])
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
