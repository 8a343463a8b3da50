"""The API of silences, maintenance windows and inhibitions."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, Silence
from tests.alerts.mutes.events import opened, told
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
SILENCES, MAINTENANCE, INHIBITIONS = (f"/api/v1/{name}/" for name in ("silences", "maintenance", "inhibitions"))
WINDOW = {"name": "night", "query": "*", "first_day": "2026-03-01", "begins": "22:00", "minutes": 60}
INHIBITION = {"name": "down", "source": "rule:down", "target": "severity:warn"}


@pytest.fixture
def manager():
    return signed_in("manager")


def send(client: Client, method: str, url: str, body: Any = None) -> Any:
    answer = client.generic(method, url, "" if body is None else json.dumps(body), "application/json")
    return answer.status_code, answer.json() if answer.content else None


def later(minutes: int) -> str:
    return (timezone.now() + timedelta(minutes=minutes)).isoformat()


def silence(**changes: Any) -> dict[str, Any]:
    return {"query": "service:shop", "reason": "deploying", "ends_at": later(60)} | changes


def test_a_silence_mutes_at_once_what_fires_and_ending_it_says_so(manager):
    alert = opened(timezone.now())
    code, made = send(manager, "POST", SILENCES, silence())
    assert (code, made["author"], made["state"]) == (201, "a-manager", "active")
    assert send(manager, "GET", f"/api/v1/alerts/{alert.pk}/")[1]["muted_by"] == f"silence:{made['id']}"
    assert send(manager, "GET", SILENCES)[1]["results"] == [made]
    code, ended = send(manager, "POST", f"{SILENCES}{made['id']}/end/")
    assert (code, ended["state"]) == (200, "ended")
    assert [kind for kind, _ in told(alert)] == ["opened", "muted", "unmuted"]
    assert send(manager, "POST", f"{SILENCES}{made['id']}/end/") == (409, {"detail": "the silence has ended"})
    assert send(manager, "GET", SILENCES)[1]["results"] == []
    assert send(manager, "GET", f"{SILENCES}?state=ended")[1]["results"] == [ended]


def test_a_silence_that_has_not_begun_is_pending_and_can_be_taken_back(manager):
    _, made = send(manager, "POST", SILENCES, silence(starts_at=later(10)))
    assert made["state"] == "pending"
    assert send(manager, "POST", f"{SILENCES}{made['id']}/end/")[1]["state"] == "ended"


def test_a_silence_is_changed_and_removed(manager):
    alert = opened(timezone.now())
    _, made = send(manager, "POST", SILENCES, silence())
    assert send(manager, "PATCH", f"{SILENCES}{made['id']}/", {"query": "service:bank"})[0] == 200
    assert Alert.objects.get().muted_by == ""
    assert send(manager, "PUT", f"{SILENCES}{made['id']}/", silence())[0] == 200
    assert Alert.objects.get().muted_by == f"silence:{made['id']}"
    assert send(manager, "DELETE", f"{SILENCES}{made['id']}/") == (204, None)
    assert [kind for kind, _ in told(alert)] == ["opened", "muted", "unmuted", "muted", "unmuted"]


@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        (SILENCES, silence(query="nothing:x"), "query"),
        (SILENCES, silence(ends_at="2020-01-01T00:00:00Z"), "ends_at"),
        (SILENCES, {"query": "*", "reason": "no end"}, "ends_at"),
        (SILENCES, silence(reason=""), "reason"),
        (MAINTENANCE, WINDOW | {"time_zone": "Mars/Base"}, "time_zone"),
        (MAINTENANCE, WINDOW | {"recurrence": "FREQ=HOURLY"}, "recurrence"),
        (MAINTENANCE, WINDOW | {"minutes": 0}, "minutes"),
        (MAINTENANCE, WINDOW | {"first_day": "9999-01-01"}, "first_day"),
        (INHIBITIONS, INHIBITION | {"equal": ["host"]}, "equal"),
        (INHIBITIONS, INHIBITION | {"target": "("}, "target"),
    ],
)
def test_what_is_wrong_is_said_by_field(manager, url, body, field):
    code, answer = send(manager, "POST", url, body)
    assert code == 400
    assert list(answer["errors"]) == [field]


def test_a_preview_says_what_a_silence_would_mute_and_stores_nothing(manager):
    mine, _ = opened(timezone.now()), opened(timezone.now(), service="bank")
    code, answer = send(manager, "POST", f"{SILENCES}preview/", {"query": "service:shop"})
    assert (code, answer["count"], [alert["id"] for alert in answer["alerts"]]) == (200, 1, [str(mine.pk)])
    assert not Silence.objects.exists()


def test_a_preview_of_a_window_says_when_it_would_be_in_force(manager):
    body = WINDOW | {"first_day": "2040-03-25", "time_zone": "Europe/Berlin", "recurrence": "FREQ=WEEKLY;BYDAY=SU"}
    del body["name"]
    code, answer = send(manager, "POST", f"{MAINTENANCE}preview/", body)
    assert (code, answer["occurrences"]) == (200, [])  # not within two years
    code, answer = send(manager, "POST", f"{MAINTENANCE}preview/", body | {"first_day": "2026-01-01"})
    assert len(answer["occurrences"]) == 5


def test_a_preview_of_an_inhibition_says_whom_it_would_mute(manager):
    opened(timezone.now(), rule_slug="down")
    quiet = opened(timezone.now(), severity="warn")
    opened(timezone.now(), severity="warn", service="bank")
    body = {"source": "rule:down", "target": "severity:warn", "equal": ["service"]}
    _, answer = send(manager, "POST", f"{INHIBITIONS}preview/", body)
    assert [alert["id"] for alert in answer["alerts"]] == [str(quiet.pk)]
    assert send(manager, "POST", INHIBITIONS, INHIBITION)[0] == 201
    assert Alert.objects.get(pk=quiet.pk).muted_by.startswith("inhibition:")


@pytest.mark.parametrize(("url", "body"), [(SILENCES, silence()), (MAINTENANCE, WINDOW), (INHIBITIONS, INHIBITION)])
def test_responders_read_and_managers_write(manager, url, body):
    responder = signed_in("responder")
    assert send(responder, "POST", url, body)[0] == 403
    code, made = send(manager, "POST", url, body)
    assert code == 201
    assert send(responder, "GET", url)[1]["results"] == [made]
    assert send(responder, "GET", f"{url}{made['id']}/")[1] == made
    assert send(responder, "DELETE", f"{url}{made['id']}/")[0] == 403
    assert send(manager, "DELETE", f"{url}{made['id']}/")[0] == 204


def test_a_name_is_taken_once_and_holds_no_nul(manager):
    assert send(manager, "POST", MAINTENANCE, WINDOW)[0] == 201
    assert list(send(manager, "POST", MAINTENANCE, WINDOW)[1]["errors"]) == ["name"]
    assert send(manager, "POST", MAINTENANCE, WINDOW | {"name": "a\0b"})[1]["name"] == "a␀b"
