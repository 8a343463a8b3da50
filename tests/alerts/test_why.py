"""Why agrees with what judges: the same records match, and the clauses that are named are those that decided."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import deliveries
from alerts.analyse import Analyser
from alerts.models import Alert, Rule, RuleVersion
from alerts.rules import RuleSpec
from alerts.why import position
from query import parse
from query.explain import explain
from search.api.stored import nanoseconds
from search.store import save
from telemetry.records import LogRecord
from tests.query.strategies import queries, records

LOG: dict[str, Any] = {
    "service": "cart",
    "level": "error",
    "message": "connection <b>refused</b>",
    "error_code": "DOWN",
}


@settings(max_examples=300, deadline=None)
@given(st.lists(queries, min_size=1, max_size=6), records)
def test_the_rules_that_match_are_those_that_the_index_finds(texts, record):
    analyser = Analyser([RuleSpec(slug=f"r{number}", query=text) for number, text in enumerate(texts)])
    index = analyser.indexes["logs"]
    candidates, matched = index.candidates(record), index.matches([record])
    assert set(matched) <= set(candidates)
    for number in candidates:
        assert explain(parse(texts[number], "logs"), record, "logs").met == (number in matched)


@pytest.fixture
def client(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return client


@pytest.fixture
def log(db) -> str:
    now = nanoseconds(timezone.now())
    save([LogRecord(id="otel-logs-0-7-2", timestamp=now, received_at=now, **LOG)], [], [])
    return "otel-logs-0-7-2"


def test_a_record_says_which_rules_looked_and_what_failed(client, log):
    Rule(slug="down", name="D", query="error_code:DOWN AND refused", group_by=["service"]).save()
    Rule(slug="slow", name="S", query="error_code:DOWN AND attrs.ms:>500 AND NOT service:cart").save()
    Rule(slug="other", name="O", query="error_code:ELSE").save()
    said = client.get(f"/api/v1/logs/{log}/why/").json()
    assert said["position"] == {"topic": "otel-logs", "partition": 0, "offset": 7, "index": 2}
    assert (said["rules"], [(one["rule"], one["matched"]) for one in said["candidates"]]) == (
        3,
        [("down", True), ("slow", False)],
    )
    down, slow = said["candidates"]
    assert (down["group"], down["failed"], down["alert"]) == ({"service": "cart"}, [], None)
    assert slow["failed"] == ["attrs.ms:>500", "service:cart"]


def test_a_record_that_is_not_there_is_404(client):
    assert client.get("/api/v1/logs/nothing/why/").status_code == 404
    assert client.get("/logs/nothing/why/").status_code == 404


@pytest.fixture
def alert(log) -> Alert:
    Rule(slug="down", name="D", query="error_code:DOWN AND (refused OR timeout)", group_by=["service"]).save()
    now = timezone.now()
    return Alert.objects.create(
        fingerprint="f", rule_slug="down", rule_version=1, issue_code="DOWN", severity="error", message="m",
        service="cart", group={"service": "cart"}, count=1, first_seen=now, last_seen=now, created_at=now,
        related_logs=[log, "otel-logs-0-8-0"],
        evidence={"value": 1, "threshold": 1, "window_start": now.isoformat(), "window_end": now.isoformat()},
    )  # fmt: skip


def test_an_alert_says_what_its_evidence_met(client, alert):
    said = client.get(f"/api/v1/alerts/{alert.pk}/why/").json()
    assert (said["rule"], said["rule_version"], said["query"]) == (
        "down",
        1,
        "error_code:DOWN AND (refused OR timeout)",
    )
    assert (said["window"]["value"], said["window"]["threshold"], said["muted_by"]) == (1, 1, None)
    kept, gone = said["evidence"]
    assert (kept["met"], [part["clause"] for part in kept["clauses"]]) == (True, ["error_code:DOWN", "message:refused"])
    assert (gone["kept"], gone["position"]["offset"], gone["clauses"]) == (False, 8, [])


def test_an_alert_says_what_the_rule_was_when_it_fired(client, alert):
    rule = Rule.objects.get()
    rule.query = "level:warn"
    rule.save()
    assert "DOWN" in client.get(f"/api/v1/alerts/{alert.pk}/why/").json()["query"]
    RuleVersion.objects.all().delete()
    said = client.get(f"/api/v1/alerts/{alert.pk}/why/").json()
    assert (said["query"], said["sentence"], said["evidence"][0]["met"]) == (None, "", None)


def test_an_alert_says_who_was_told(client, alert, monkeypatch):
    told = {"destination": "kafka", "told": 1, "waiting": 1, "given_up": 0, "next_try": None, "attempts": []}
    monkeypatch.setattr(deliveries, "TELLERS", [lambda one: [told] if one == alert else []])
    assert client.get(f"/api/v1/alerts/{alert.pk}/why/").json()["deliveries"] == [told]
    assert "kafka" in client.get(f"/alerts/{alert.pk}/").content.decode()


def test_the_pages_show_it_escaped(client, alert, log):
    page = client.get(f"/alerts/{alert.pk}/").content.decode()
    assert "✓ error_code:DOWN" in page
    page = client.get(f"/logs/{log}/why/").content.decode()
    assert "down matched" in page
    assert "<b>refused" not in page


@pytest.mark.parametrize(("name", "found"), [("a-b-1-2-3", ("a-b", 1, 2, 3)), ("r-1", None), ("t-x-1-2", None)])
def test_positions_are_read_from_ids(name, found):
    place = position(name)
    assert (place and (place.topic, place.partition, place.offset, place.index)) == found


def test_a_match_that_came_too_late_is_marked(client):
    Rule(slug="burst", name="B", type="frequency", query="level:error", lateness=10).save()
    now = nanoseconds(timezone.now())
    late = LogRecord(id="otel-logs-0-1-0", timestamp=now - 11 * 10**9, received_at=now, **LOG)
    early = LogRecord(id="otel-logs-0-1-1", timestamp=now - 9 * 10**9, received_at=now, **LOG)
    save([late, early], [], [])
    for log, marked in ((late, True), (early, False)):
        assert client.get(f"/api/v1/logs/{log.id}/why/").json()["candidates"][0]["late"] is marked
