"""The admin of silences, maintenance windows and inhibitions."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, Inhibition, Maintenance, Silence
from tests.alerts.mutes.events import opened, told
from tests.staff import signed_in, staff

pytestmark = pytest.mark.django_db
SILENCE, MAINTENANCE, INHIBITION = (f"/admin/alerts/{name}/" for name in ("silence", "maintenance", "inhibition"))


@pytest.fixture
def manager() -> Client:
    return signed_in("manager", "ada", is_staff=True)


def silence(minutes: int = 60, **changes: Any) -> dict[str, Any]:
    starts, ends = timezone.now(), timezone.now() + timedelta(minutes=minutes)
    times = {"starts_at_0": f"{starts:%Y-%m-%d}", "starts_at_1": f"{starts:%H:%M:%S}"}
    times |= {"ends_at_0": f"{ends:%Y-%m-%d}", "ends_at_1": f"{ends:%H:%M:%S}"}
    return {"query": "service:shop", "reason": "deploying"} | times | changes


def window(**changes: Any) -> dict[str, Any]:
    made = {"name": "night", "enabled": "on", "query": "*", "first_day": "2026-01-01", "begins": "22:00"}
    return made | {"minutes": "60", "time_zone": "Europe/Berlin", "recurrence": "FREQ=DAILY"} | changes


def inhibition(**changes: Any) -> dict[str, Any]:
    made = {"name": "down", "enabled": "on", "source": "rule:down", "target": "severity:warn"}
    return made | {"equal": "service, group.host"} | changes


@pytest.mark.parametrize(("url", "data"), [(SILENCE, silence()), (MAINTENANCE, window()), (INHIBITION, inhibition())])
def test_a_mute_is_made_changed_and_deleted(manager, url, data):
    assert manager.get(f"{url}add/").status_code == 200
    answer = manager.post(f"{url}add/", data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    model: Any = {SILENCE: Silence, MAINTENANCE: Maintenance, INHIBITION: Inhibition}[url]
    made = model.objects.get()
    assert made.author == "ada"
    assert data.get("name", data.get("reason")) in manager.get(url).content.decode()
    page = manager.get(f"{url}{made.pk}/change/").content.decode()
    assert "What it would mute right now" in page
    assert manager.post(f"{url}{made.pk}/change/", data | {"reason": "other"}).status_code == 302
    assert model.objects.get().reason == "other"
    assert manager.post(f"{url}{made.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not model.objects.exists()


def test_fields_that_must_be_the_same_are_written_with_commas(manager):
    manager.post(f"{INHIBITION}add/", inhibition())
    made = Inhibition.objects.get()
    assert made.equal == ["service", "group.host"]
    assert "service, group.host" in manager.get(f"{INHIBITION}{made.pk}/change/").content.decode()


def test_a_silence_shows_in_the_alerts_at_once_and_is_ended_from_the_list(manager):
    alert = opened(timezone.now())
    manager.post(f"{SILENCE}add/", silence(starts_at_1="00:00:00"))
    made = Silence.objects.get()
    assert Alert.objects.get().muted_by == f"silence:{made.pk}"
    manager.post(SILENCE, {"action": "end", "_selected_action": str(made.pk)})
    assert [kind for kind, _ in told(alert)] == ["opened", "muted", "unmuted"]
    assert Silence.objects.get().state(timezone.now()) == "ended"


@pytest.mark.parametrize(
    ("url", "data", "field"),
    [
        (SILENCE, silence(query="nothing:x"), "query"),
        (SILENCE, silence(-5), "ends_at"),
        (MAINTENANCE, window(time_zone="Mars/Base"), "time_zone"),
        (MAINTENANCE, window(recurrence="FREQ=SECONDLY"), "recurrence"),
        (INHIBITION, inhibition(equal="host"), "equal"),
        (INHIBITION, inhibition(source="("), "source"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(manager, url, data, field):
    assert list(manager.post(f"{url}add/", data).context["adminform"].form.errors) == [field]


def test_the_preview_says_which_alerts_would_be_muted(manager):
    opened(timezone.now())
    opened(timezone.now(), service="bank", issue_code="OTHER")
    answer = manager.post(f"{SILENCE}preview/", {"query": "service:shop"}).json()
    assert answer["errors"] == {}
    assert "<dd>1</dd>" in answer["html"]
    assert "PRICE" in answer["html"]
    assert "OTHER" not in answer["html"]


def test_the_preview_of_a_window_says_when_by_its_own_clock_and_in_utc(manager):
    html = manager.post(f"{MAINTENANCE}preview/", window()).json()["html"]
    assert html.count(" 23:00</td>") == 5
    assert "21:00 – 22:00" in html or "20:00 – 21:00" in html


def test_the_preview_of_an_inhibition_says_whom_it_would_mute(manager):
    opened(timezone.now(), rule_slug="down")
    opened(timezone.now(), severity="warn", issue_code="SLOW")
    html = manager.post(f"{INHIBITION}preview/", inhibition(equal="service")).json()["html"]
    assert "SLOW" in html
    assert "PRICE" not in html


def test_the_preview_marks_the_place_in_a_wrong_query(manager):
    answer = manager.post(f"{INHIBITION}preview/", inhibition(target="severity:warn AND nothing:x")).json()
    assert answer["errors"]["target"]["position"] == 18
    assert "what is marked above" in answer["html"]


def test_a_viewer_sees_mutes_and_writes_none():
    client = staff("viewer")
    assert client.get(SILENCE).status_code == 200
    assert client.get(f"{SILENCE}add/").status_code == 403
    assert client.post(f"{SILENCE}preview/", {"query": "*"}).status_code == 200
