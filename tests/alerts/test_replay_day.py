"""A whole day of the demo shop through the real worker: its replay gives that day's alerts, for every rule type."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from alerts.models import Alert, Rule, Transition
from alerts.rehearsal import rehearse
from alerts.rules import RULE_TYPES
from alerts.rules.frame import SECOND
from alerts.why import why_alert
from demo.day import LASTS, day
from ingest.models import QueueMessage, QueuePartition
from search.models import RawLog
from tests.alerts.recorded import judge_live
from tests.alerts.test_replay_live import live_alerts, shown

pytestmark = pytest.mark.django_db(databases={"default", settings.QUEUE_DATABASE})
TOPICS = {"logs": "otel-logs", "traces": "otel-traces", "metrics": "otel-metrics"}
SEED, HOUR = 1, 3600 * SECOND
SPANS: dict[str, Any] = {"signal": "spans"}
RULES: dict[str, dict[str, Any]] = {
    "match": {"query": "error_code:PRICE_MISSING"},
    "frequency": {"query": '"connection refused"', "config": {"threshold": 3, "window": 1200}, "renotify": 600},
    "spike": {"query": "level:error", "config": {"ratio": 3, "window": 1800, "minimum": 5}},
    "flatline": {"query": "action:place_order", "config": {"threshold": 1, "window": 1200}},
    "change": {"query": "action:login", "config": {"field": "status"}},
    "new_value": {"query": "level:error", "config": {"field": "error_code", "learning": 3600}},
    "new_pattern": {"query": "level:error", "config": {"learning": 3600}},
    "cardinality": {
        "query": "action:login AND status:failure", "config": {"field": "user_id", "over": 6, "window": 600},
    },
    "percentage": {
        "query": "service:frontend", "config": {"match": "level:error", "over": 30, "minimum": 8, "window": 900},
    },
    "metric": {
        "query": "name:http.server.requests AND attrs.status:failure", "signal": "metrics",
        "config": {"aggregate": "rate", "over": 0.001, "window": 3600},
    },
    "latency": {"query": "kind:server", **SPANS, "config": {"percentile": 90, "over": 1000, "window": 900}},
    "span_error_rate": {"query": "kind:server", **SPANS, "config": {"over": 20, "minimum": 8, "window": 900}},
    "sequence": {
        "query": "",
        "config": {
            "first": "action:charge AND status:success", "then": "action:place_order", "within": 60, "absent": True,
        },
        "group_by": ["attrs.order_id"],
    },
    "composite": {
        "query": "", "signal": "alerts", "group_by": [],
        "config": {"rules": ["spike", "latency", "span-error-rate"], "at_least": 2, "window": 600},
    },
}  # fmt: skip


@pytest.fixture
def played() -> datetime:
    """The day has been judged live; when it began."""
    for kind, fields in RULES.items():
        shared = {"slug": kind.replace("_", "-"), "name": kind, "type": kind, "group_by": ["service"]}
        Rule(**shared | fields).save()
    # on the hour, so that the windows lie the same at every run
    start = (time.time_ns() // HOUR - 25) * HOUR
    offsets = dict.fromkeys(TOPICS.values(), 0)
    rows = []
    for message in day(start, SEED):
        topic = TOPICS[message.signal]
        place = {"topic": topic, "partition": 0, "offset": offsets[topic], "received_at": message.arrival}
        headers = json.dumps({"encoding": "protobuf"})
        rows.append(QueueMessage(**place, headers=headers, size=len(message.body), value=message.body))
        offsets[topic] += 1
    QueueMessage.objects.using(settings.QUEUE_DATABASE).bulk_create(rows, batch_size=500)
    for topic, following in offsets.items():
        QueuePartition.objects.using(settings.QUEUE_DATABASE).update_or_create(
            topic=topic, partition=0, defaults={"next_offset": following}
        )
    judge_live(max_bytes=100_000)
    return datetime.fromtimestamp(start / SECOND, UTC)


def test_a_day_of_the_shop_fires_rules_of_every_type_and_is_replayed_as_it_was(played):
    assert set(RULES) == set(RULE_TYPES)
    assert RawLog.objects.latest("timestamp").timestamp - played > 0.99 * timedelta(seconds=LASTS)
    for rule in Rule.objects.all():
        live = live_alerts(rule)
        replay = rehearse(rule, None, played)
        assert live, f"{rule.slug} has not fired"
        assert {one.alert.pk: shown(one.alert) for one in replay.draft.alerts} == live, rule.slug
        for alert in Alert.objects.filter(rule_slug=rule.slug):
            evidence = {one["met"] for one in why_alert(alert)["evidence"]}
            assert evidence <= {None if rule.type == "composite" else True}, rule.slug
            assert evidence or rule.type == "flatline", rule.slug
        told = sorted(Transition.objects.filter(alert__rule_slug=rule.slug).values_list("alert_id", "kind"))
        assert sorted((one.alert.pk, kind) for one in replay.draft.alerts for kind in one.told.elements()) == told
