"""The metrics that came in, on the page and by the API, and the rule that is made from a line."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.models import Rule
from query import matcher
from search import store
from search.search import nanoseconds
from telemetry.records import MetricPoint

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
HOSTILE = "<script>alert(1)</script> \x1b[31m \u202e end"


@pytest.fixture
def ask(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("ada"))

    def get(path, status=200, **asked):
        answer = client.get(path, asked)
        assert answer.status_code == status, answer.content
        return answer

    return get


def keep(*values, name="queue/depth", ago=600, every=10, **fields):
    """Points with these values, the first so many seconds ago."""
    made = [
        MetricPoint(
            id=f"otel-metrics-0-{name}-{ago}-{number}-{fields.get('service')}", name=name, value=value,
            timestamp=nanoseconds(NOW - timedelta(seconds=ago - every * number)), received_at=nanoseconds(NOW),
            **{"service": "till", "kind": "gauge", "unit": "{request}"} | fields,
        )
        for number, value in enumerate(values)
    ]  # fmt: skip
    store.save([], [], made)


def test_the_metrics_of_a_range_are_listed_each_once(ask):
    keep(1, 2, 3)
    keep(5, name=HOSTILE, kind="sum", monotonic=True)
    keep(5, name="long.ago", ago=90_000)
    found = ask("/api/v1/metrics/").json()["results"]
    assert [(one["name"], one["kind"], one["points"]) for one in found] == [
        (HOSTILE, "sum", 1), ("queue/depth", "gauge", 3),
    ]  # fmt: skip
    html = ask("/metrics-explorer/").content.decode()
    assert "queue/depth" in html
    assert "long.ago" not in html
    assert "<script>alert" not in html
    assert (
        "No metric yet"
        in ask("/metrics-explorer/", **{"from": "2001-01-01T00:00Z", "to": "2001-01-02T00:00Z"}).content.decode()
    )


def test_a_line_for_each_group_beside_the_time_before(ask):
    keep(*[4.0] * 30)
    keep(*[9.0] * 30, service=HOSTILE, attrs={"k": HOSTILE})
    keep(*[2.0] * 30, ago=4200)
    html = ask("/metrics-explorer/", name="queue/depth", before="1").content.decode()
    assert html.count("<polyline") == 3
    assert html.count(" before") >= 1
    assert "<script>alert" not in html
    assert "attrs.k" in html
    narrowed = ask("/metrics-explorer/", name="queue/depth", q="service:till", by="").content.decode()
    assert narrowed.count("<polyline") == 1
    assert "<mark>servce</mark>" in ask("/metrics-explorer/", name="queue/depth", q="servce:x").content.decode()
    assert "Nothing to draw" in ask("/metrics-explorer/", name="none").content.decode()


def test_the_rule_that_is_proposed_is_one_and_fires_above_all_that_is_drawn(ask, client):
    keep(5.4, 5.4, 5.4)
    keep(1000, name="queue/depth/other")
    html = ask("/metrics-explorer/", name="queue/depth").content.decode()
    address = html.split('href="/admin/alerts/rule/add/')[1].split('"')[0].replace("&amp;", "&")
    given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert "queue-depth-avg" in ask(f"/admin/alerts/rule/add/{address}").content.decode()
    form = given | {"severity": "warn", "confidence": "0.9", "lateness": 30, "reopen_within": 0, "renotify": 0,
                    "new_per_minute": 0, "enabled": "on", "metric_minimum": 1, "severity_steps": ""}  # fmt: skip
    answer = client.post("/admin/alerts/rule/add/", form)
    assert answer.status_code == 302, answer.content.decode()[:4000]
    rule = Rule.objects.get(slug="queue-depth-avg")
    assert (rule.type, rule.group_by, rule.config["over"]) == ("metric", ["service"], 5.7)
    holds = matcher(rule.query, "metrics")
    point: dict[str, Any] = {"timestamp": 0, "service": "x", "kind": "gauge"}
    assert [holds(MetricPoint(name=name, **point)) for name in ("queue/depth", "queue/depth/other")] == [True, False]


def test_the_api_gives_the_values_of_each_group(ask):
    keep(*[4.0, 6.0] * 5, every=30, ago=300)
    keep(*[9.0] * 10, every=30, ago=300, service="bank")
    asked = {"name": "queue/depth", "since": (NOW - timedelta(seconds=600)).isoformat(), "until": NOW.isoformat()}
    found = ask("/api/v1/metrics/series/", by="service", aggregate="max", **asked).json()
    assert (found["step"], found["points"], found["complete"]) == (30, 20, True)
    assert [one["group"] for one in found["results"]] == ["bank", "till"]
    assert {value["value"] for value in found["results"][1]["values"]} <= {4, 6}
    assert "unknown field" in ask("/api/v1/metrics/series/", 400, by="nosuch", **asked).json()["detail"]
    assert "unknown field" in ask("/api/v1/metrics/series/", 400, q="nosuch:x", **asked).json()["detail"]
    assert "name" in ask("/api/v1/metrics/series/", 400).json()["errors"]


@pytest.mark.parametrize("path", ["/metrics-explorer/", "/metrics-explorer/?name=x"])
def test_nothing_is_shown_without_a_login(client, path):
    assert client.get(path).status_code == 302
