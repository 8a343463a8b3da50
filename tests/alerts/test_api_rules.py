"""The API of rules: read, write, try out."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.models import IssueCode, Rule
from search.api.stored import nanoseconds
from search.store import save
from telemetry.records import LogRecord
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
RULES = "/api/v1/rules/"
PRICE = {"slug": "price", "name": "Price", "query": "error_code:PRICE_MISSING", "group_by": ["service"]}
LOG = {"timestamp": "2026-03-01T12:00:00Z", "service": "checkout", "level": "error", "message": "no price"}


@pytest.fixture
def manager() -> Client:
    return signed_in("manager")


@pytest.fixture
def viewer() -> Client:
    return signed_in("viewer")


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def test_a_manager_makes_changes_and_deletes_a_rule(manager):
    made = post(manager, RULES, PRICE | {"config": {"resolve_after": 30}})
    assert made.status_code == 201
    assert made.json()["edited"] is True
    assert "error_code:PRICE_MISSING" in made.json()["sentence"]
    changed = manager.patch(f"{RULES}price/", {"severity": "warn"}, content_type="application/json").json()
    assert (changed["severity"], changed["version"], changed["config"]) == ("warn", 2, {"resolve_after": 30})
    assert [rule["slug"] for rule in manager.get(RULES).json()["results"]] == ["price"]
    assert manager.delete(f"{RULES}price/").status_code == 204
    assert manager.get(f"{RULES}price/").status_code == 404


def test_a_viewer_reads_rules_but_does_not_write_them(viewer):
    Rule(**PRICE).save()
    assert viewer.get(f"{RULES}price/").status_code == 200
    assert post(viewer, RULES, PRICE).status_code == 403
    assert viewer.delete(f"{RULES}price/").status_code == 403
    assert viewer.patch(f"{RULES}price/", {}, content_type="application/json").status_code == 403


@pytest.mark.parametrize(
    ("fields", "name", "word"),
    [
        ({"query": "colour:red"}, "query", "colour"),
        ({"query": "("}, "query", ""),
        ({"type": "frequency", "config": {"threshold": "many"}}, "config", "threshold"),
        ({"config": {"window": 5}}, "config", "window"),
        ({"group_by": ["colour"]}, "group_by", "colour"),
        ({"type": "guess"}, "type", "guess"),
        ({"slug": "test"}, "slug", "test"),
        ({"confidence": 2}, "confidence", "1"),
        ({"issue": "NONE_SUCH"}, "issue", "NONE_SUCH"),
        ({"name": ""}, "name", ""),
    ],
)
def test_what_is_wrong_is_said_by_field(manager, fields, name, word):
    answer = post(manager, RULES, PRICE | fields)
    assert answer.status_code == 400
    assert word in answer.json()["errors"][name][0]
    assert name in answer.json()["detail"]
    assert not Rule.objects.exists()


def test_a_rule_keeps_its_slug(manager):
    Rule(**PRICE).save()
    answer = manager.patch(f"{RULES}price/", {"slug": "other"}, content_type="application/json")
    assert "slug" in answer.json()["errors"]


def test_a_draft_is_tried_on_given_logs(viewer):
    records = [
        LOG | {"error_code": "PRICE_MISSING", "id": "a"},
        LOG | {"error_code": "PRICE_MISSING", "id": "b", "timestamp": "2026-03-01T12:00:10Z"},
        LOG | {"shard": 7},
    ]
    answer = post(viewer, f"{RULES}test/", {"query": "error_code:*", "group_by": ["service"], "records": records})
    found = answer.json()
    assert (found["sampled"], found["matched"]) == (3, 2)
    (alert,) = found["alerts"]
    assert (alert["group"], alert["count"], alert["related_logs"]) == ({"service": "checkout"}, 2, ["a", "b"])
    assert (alert["first_seen"], alert["last_seen"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:00:10Z")
    assert alert["resolved_at"]
    assert not Rule.objects.exists()


def test_a_stored_rule_is_tried_with_changes_and_stays_as_it_was(viewer):
    Rule(**PRICE).save()
    body = {"query": "attrs.shard:7", "records": [LOG | {"shard": 7}]}
    assert post(viewer, f"{RULES}price/test/", body).json()["matched"] == 1
    assert Rule.objects.get().query == PRICE["query"]


def test_without_records_the_last_hours_are_taken(viewer):
    now = nanoseconds(timezone.now())
    ages = (timedelta(minutes=5), timedelta(hours=2))
    times = [now - int(age.total_seconds()) * 10**9 for age in ages]
    fields: dict[str, Any] = {"service": "cart", "level": "error", "message": "x"}
    save([LogRecord(timestamp=t, received_at=t, id=str(t), **fields) for t in times], [], [])
    found = post(viewer, f"{RULES}test/", {"query": "level:error"}).json()
    assert (found["sampled"], found["matched"], found["complete"]) == (1, 1, True)
    assert found["examples"][0]["service"] == "cart"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "query"),
        ({"query": "colour:red"}, "colour"),
        ({"query": "level:error", "records": [LOG | {"level": "loud"}]}, "loud"),
        ({"query": "level:error", "records": [{"level": "error"}]}, "record 0"),
        ({"query": "level:error", "records": [LOG | {"timestamp": "noon"}]}, "record 0"),
        ({"query": "name:x", "signal": "spans", "records": [LOG]}, "spans"),
    ],
)
def test_a_trial_that_cannot_be_made_says_why(viewer, body, word):
    answer = post(viewer, f"{RULES}test/", body)
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


def test_issues_can_be_read(viewer):
    IssueCode(code="PRICE_MISSING", title="No price").save()
    assert viewer.get("/api/v1/issues/").json()["results"][0]["code"] == "PRICE_MISSING"
    assert viewer.get("/api/v1/issues/PRICE_MISSING/").json()["title"] == "No price"
    assert viewer.get("/api/v1/issues/NO/").status_code == 404


def test_stored_logs_can_be_searched_and_read(viewer):
    now = nanoseconds(timezone.now())
    fields: dict[str, Any] = {"service": "cart", "level": "error", "attrs": {"ms": 300}}
    logs = [
        LogRecord(timestamp=now + at, received_at=now, id=f"otel-logs-0-{at}-0", message=text, **fields)
        for at, text in enumerate(("slow query", "connection refused"))
    ]
    save(logs, [], [])
    found = viewer.get('/api/v1/logs/?q="connection refused" AND attrs.ms:>=250').json()
    assert [log["id"] for log in found["results"]] == ["otel-logs-0-1-0"]
    assert viewer.get("/api/v1/logs/otel-logs-0-0-0/").json()["message"] == "slow query"
    assert viewer.get("/api/v1/logs/nowhere/").status_code == 404
    assert "colour" in viewer.get("/api/v1/logs/?q=colour:red").json()["detail"]
