"""The API of destinations, routes and deliveries: secrets stay in, routes say why, what was given up is told again."""

import pytest
from django.contrib.admin.models import LogEntry

from integrations.destinations.kind import Permanent
from integrations.models import Delivery, Destination, Route
from tests.alerts.mutes.events import NOON, opened
from tests.integrations.told import destination, pager, route, steps
from tests.staff import signed_in

__all__ = ["pager"]
pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def manager():
    return signed_in("manager")


MADE = {
    "slug": "shop",
    "name": "Shop",
    "kind": "page",
    "settings": {"address": "here"},
    "secrets": {"token": "open sesame"},
}


def test_a_secret_is_taken_kept_and_never_shown_again(manager, pager):
    answer = manager.post("/api/v1/destinations/", MADE, JSON)
    assert answer.status_code == 201, answer.content
    assert answer.json()["secrets_set"] == ["token"]
    changed = manager.patch("/api/v1/destinations/shop/", {"settings": {"address": "there"}}, JSON)
    assert changed.json()["settings"] == {"address": "there"}
    shown = b"".join(
        manager.get(f"/api/v1/{path}").content for path in ("destinations/", "destinations/shop/", "routes/")
    )
    assert b"sesame" not in answer.content + changed.content + shown
    made = Destination.objects.get()
    assert "sesame" not in str(made.sealed)
    assert made.opened()["token"] == "open sesame"
    assert [entry.change_message for entry in LogEntry.objects.order_by("id")] == [
        "made by the API",
        "settings: {'address': 'here'} → {'address': 'there'}",
    ]
    manager.patch("/api/v1/destinations/shop/", {"secrets": {"token": ""}}, JSON)
    assert Destination.objects.get().sealed == {}


def test_a_secret_goes_to_no_other_machine_than_it_was_entered_for(manager):
    hook = {"url": "https://ops.example/alerts"}
    made = MADE | {"kind": "webhook", "settings": hook, "secrets": {"secret": "open sesame, open sesame"}}
    answer = manager.post("/api/v1/destinations/", made, JSON)
    assert answer.status_code == 201, answer.content
    there = {"settings": {"url": "https://ops.example/others"}}
    assert manager.patch("/api/v1/destinations/shop/", there, JSON).status_code == 200
    away = {"settings": {"url": "https://evil.example/alerts"}}
    refused = manager.patch("/api/v1/destinations/shop/", away, JSON)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["secrets.secret"])
    known = away | {"secrets": {"secret": "open sesame, open sesame"}}
    assert manager.patch("/api/v1/destinations/shop/", known, JSON).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"kind": "pigeon"}, "kind"),
        ({"settings": {}}, "settings.address"),
        ({"settings": {"address": 7}}, "settings.address"),
        ({"settings": {"address": "here", "colour": "red"}}, "settings.colour"),
        ({"secrets": {"pin": "1"}}, "secrets.pin"),
        ({"slug": "not a slug"}, "slug"),
    ],
)
def test_what_is_wrong_is_said_by_field(manager, pager, wrong, place):
    answer = manager.post("/api/v1/destinations/", MADE | wrong, JSON)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [place]


def test_a_trial_shows_its_steps_without_the_secret(manager, pager):
    destination("shop")
    said = manager.post("/api/v1/destinations/shop/test/", None, JSON).json()
    assert said["passed"]
    assert [step["detail"] for step in said["steps"]] == ["here", "with [redacted]"]


def test_routes_are_written_and_say_where_an_alert_would_go_and_which_clause_failed(manager, pager):
    destination("shop")
    destination("rest")
    made = {"slug": "errors", "name": "Errors", "query": "rule:price AND count:>100", "destinations": ["shop"]}
    assert manager.post("/api/v1/routes/", made, JSON).status_code == 201
    rest = {"slug": "rest", "name": "Rest", "fallback": True, "destinations": ["rest"]}
    assert manager.post("/api/v1/routes/", rest, JSON).status_code == 201
    assert "fallback" in manager.post("/api/v1/routes/", rest | {"slug": "more"}, JSON).json()["errors"]
    said = manager.post("/api/v1/routes/test/", {"alert": str(opened().pk)}, JSON).json()
    assert said["destinations"] == ["rest"]
    assert [(one["route"], one["taken"], one["failed"]) for one in said["routes"]] == [
        ("errors", False, ["count:>100"]),
        ("rest", True, []),
    ]
    said = manager.post("/api/v1/routes/test/", {"event": {"rule": "price", "count": 101}}, JSON).json()
    assert said["destinations"] == ["shop"]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"query": "a AND"}, "query"),
        ({"severities": ["loud"]}, "severities"),
        ({"hours": "someday"}, "hours"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"group_by": ["nothing"]}, "group_by"),
        ({"tells": ["sung"]}, "tells"),
        ({"destinations": ["nobody"]}, "destinations"),
        ({"group_wait": -1}, "group_wait"),
    ],
)
def test_a_route_that_cannot_be_is_refused_by_field(manager, wrong, place):
    answer = manager.post("/api/v1/routes/", {"slug": "r", "name": "R", **wrong}, JSON)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [place]
    assert not Route.objects.exists()


def test_a_responder_tells_again_what_was_given_up_and_may_not_change_who_is_told(pager):
    place = destination("shop")
    route(place)
    opened(NOON)
    pager.failures = [Permanent("unknown field")]
    steps(place, NOON)
    responder, viewer = signed_in("responder"), signed_in("viewer")
    [row] = responder.get("/api/v1/deliveries/?state=given_up").json()["results"]
    whole = responder.get(f"/api/v1/deliveries/{row['id']}/").json()
    assert [attempt["words"] for attempt in whole["attempts"]] == ["unknown field"]
    assert viewer.post(f"/api/v1/deliveries/{row['id']}/redeliver/", None, JSON).status_code == 403
    assert responder.post("/api/v1/routes/", {}, JSON).status_code == 403
    assert responder.post("/api/v1/destinations/shop/test/", None, JSON).status_code == 403
    asked = {"destination": "shop"}
    assert responder.post("/api/v1/deliveries/redeliver/", asked, JSON).json() == {"redelivered": 1, "left": 0}
    assert responder.post(f"/api/v1/deliveries/{row['id']}/redeliver/", None, JSON).status_code == 409
    due_at = Delivery.objects.get().thread.due_at
    assert due_at
    assert steps(place, due_at) == 1
    assert Delivery.objects.get().state == "told"
