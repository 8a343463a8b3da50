"""A recorded stretch of a shop's day, and a rule of every type: fed to the real worker through the embedded queue."""

import json
import random
import time
from typing import Any

from django.conf import settings

from alerts.models import Rule
from alerts.rules.frame import SECOND
from ingest.models import QueueMessage, QueuePartition
from ingest.transport.database import DatabaseConsumer
from ingest.worker import Worker

SERVICES = ("checkout", "payment", "catalog")
STEP = 3 * SECOND  # between messages: less than what a worker takes for silence
QUIET = {"resolve_after": 60}
RULES: dict[str, dict[str, Any]] = {
    "match": {"query": "error_code:PRICE_MISSING", "config": {"resolve_after": 30}},
    "frequency": {"query": "level:error refused", "config": {"threshold": 8, "window": 60}, "renotify": 60},
    "spike": {"query": "level:error", "config": {"ratio": 2, "window": 60, "minimum": 5}},
    "flatline": {"query": "heartbeat", "config": {"threshold": 1, "window": 60}},
    "change": {"query": "service:*", "config": {"field": "app_version", **QUIET}, "lateness": 2},
    "new_value": {"query": "*", "config": {"field": "attrs.country", "learning": 300, **QUIET}},
    "new_pattern": {"query": "level:error", "config": {"learning": 300, **QUIET}},
    "cardinality": {"query": "*", "config": {"field": "user_id", "over": 20, "window": 60}},
    "percentage": {"query": "*", "config": {"match": "level:error", "over": 30, "minimum": 10, "window": 60}},
    "metric": {"query": "name:queue", "signal": "metrics", "config": {"aggregate": "max", "over": 90, "window": 60}},
    "latency": {"query": "*", "signal": "spans", "config": {"percentile": 90, "over": 400, "window": 60}},
    "span_error_rate": {"query": "*", "signal": "spans", "config": {"over": 40, "minimum": 5, "window": 60}},
    "sequence": {
        "query": "", "config": {"first": "heartbeat", "then": "error_code:PRICE_MISSING", "within": 30, **QUIET},
    },
    "composite": {
        "query": "", "signal": "alerts", "config": {"rules": ["spike", "latency", "frequency"], "at_least": 2},
    },
}  # fmt: skip


def load_rules() -> None:
    for kind, fields in RULES.items():
        shared = {"slug": kind.replace("_", "-"), "name": kind, "type": kind, "group_by": ["service"], "lateness": 10}
        steps = [[20, "warn"], [40, "error"]] if kind == "frequency" else []
        Rule(**shared | {"severity": "info", "reopen_within": 300, "severity_steps": steps} | fields).save()


def logs(dice: random.Random, number: int, arrival: int) -> bytes:
    bad = number % 200 < 40
    return json.dumps([log(dice, number, arrival, bad) for _ in range(4)]).encode()


def log(dice: random.Random, number: int, arrival: int, bad: bool) -> dict[str, Any]:
    late = dice.choice([1, 4, 9, 14, 40]) if dice.random() < 0.2 else 0
    failed = bad and dice.random() < 0.5
    made = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(arrival // SECOND - late)),
        "service": dice.choice(SERVICES),
        "level": "error" if failed else "info",
        "message": f"connection {dice.choice(['refused', 'reset'])} by {'db' if number > 400 else 'cache'}",
        "user_id": f"u{dice.randrange(60 if bad else 8)}",
        "app_version": f"1.{number // 300}",
        "country": dice.choice("ABCDE" if number < 500 else "ABCDEFGHIJ"),
    }
    if failed and dice.random() < 0.1:
        made["error_code"] = "PRICE_MISSING"
    if number % 150 < 100 and dice.random() < 0.4:
        made["message"] = "heartbeat"
    return made


def resource(service: str) -> dict[str, Any]:
    return {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}


def spans(dice: random.Random, number: int, arrival: int) -> bytes:
    slow = number % 220 < 60
    made = []
    for index in range(3):
        lasted = int((0.7 if slow else 0.1) * dice.random() * SECOND)
        made.append({
            "traceId": f"{number:032x}", "spanId": f"{number * 4 + index + 1:016x}", "name": "GET /",
            "startTimeUnixNano": str(arrival - lasted), "endTimeUnixNano": str(arrival),
            "status": {"code": 2 if slow and dice.random() < 0.6 else 0},
        })  # fmt: skip
    spans = {"resource": resource(dice.choice(SERVICES)), "scopeSpans": [{"spans": made}]}
    return json.dumps({"resourceSpans": [spans]}).encode()


def metrics(dice: random.Random, number: int, arrival: int) -> bytes:
    value = dice.randrange(100 if number % 250 < 50 else 80)
    point = {"timeUnixNano": str(arrival), "asDouble": float(value)}
    metric = {"name": "queue", "gauge": {"dataPoints": [point]}}
    scope = {"resource": resource(dice.choice(SERVICES)), "scopeMetrics": [{"metrics": [metric]}]}
    return json.dumps({"resourceMetrics": [scope]}).encode()


BODIES = {"otel-logs": (logs, "log"), "otel-traces": (spans, "json"), "otel-metrics": (metrics, "json")}


def record(start: int, messages: int, seed: int = 5) -> None:
    """Put the stretch into the queue, as it had arrived from ``start`` (ns) on."""
    dice = random.Random(seed)
    rows = []
    for topic, (body, encoding) in BODIES.items():
        for number in range(messages):
            arrival = start + number * STEP
            value = body(dice, number, arrival)
            headers = json.dumps({"encoding": encoding})
            place = {"topic": topic, "partition": 0, "offset": number, "received_at": arrival}
            rows.append(QueueMessage(**place, headers=headers, size=len(value), value=value))
        QueuePartition.objects.using(settings.QUEUE_DATABASE).update_or_create(
            topic=topic, partition=0, defaults={"next_offset": messages}
        )
    QueueMessage.objects.using(settings.QUEUE_DATABASE).bulk_create(rows)


def judge_live(max_bytes: int = 5_000) -> None:
    """Run the worker in small batches until nothing is left, then let the silence after it count."""
    consumer = DatabaseConsumer(settings.KAFKA_TOPICS)
    worker = Worker(consumer, settings.TOPIC_SIGNALS, max_bytes)
    worker.run(until_idle=True)
    worker.heard = dict.fromkeys(worker.heard, -1000.0)
    worker.tick_at = 0.0
    worker.tick()
    if settings.QUEUE_DATABASE != "default":  # the test's own connection, inside its transaction
        consumer.close()
