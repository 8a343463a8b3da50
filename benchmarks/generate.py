"""Made-up rules and records for the benchmarks, always the same ones."""

import json
import random
from collections.abc import Iterator

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from alerts.rules import RuleSpec

SERVICES = ["checkout", "payment", "catalog", "inventory", "shipping", "frontend", "search", "auth"]
VERBS = ["accepted", "rejected", "stored", "loaded", "updated", "sent", "expired", "cached", "refreshed", "merged"]
NOUNS = ["order", "cart", "invoice", "session", "product", "shipment", "coupon", "profile", "basket", "price"]
LEVELS = ["info"] * 80 + ["debug"] * 10 + ["warn"] * 7 + ["error"] * 3
START = 1_768_000_000


def rules(count: int) -> list[RuleSpec]:
    """60 % words, 25 % regular expressions, 10 % fields, 5 % numbers; one in ten a frequency rule."""
    dice = random.Random(7)
    specs = []
    for number in range(count):
        kind = dice.random()
        service = dice.choice(SERVICES)
        if kind < 0.6:
            query = f'level:error AND "fault{number} {dice.choice(NOUNS)}"'
        elif kind < 0.85:
            query = rf"/failure{number} code=[0-9]+ (retry|abort)/"
        elif kind < 0.95:
            query = f"error_code:E{number} AND service:{service}"
        else:
            query = f"attrs.latency_ms:>={10_000 + number}"
        frequency = number % 10 == 0
        specs.append(
            RuleSpec(
                slug=f"rule-{number}",
                type="frequency" if frequency else "match",
                config={"threshold": 5, "window": 60} if frequency else {},
                query=query,
                group_by=("service",),
            )
        )
    return specs


def stamp(number: int) -> str:
    hours, minutes, seconds = number // 3600 % 24, number // 60 % 60, number % 60
    return f"2026-01-10T{hours:02}:{minutes:02}:{seconds:02}.{number % 1000:03}Z"


def lines(count: int) -> Iterator[dict[str, object]]:
    """About 500 bytes each as JSON; 1 in 200 meets a rule, 1 in 20 holds something to redact."""
    dice = random.Random(11)
    for number in range(count):
        user = dice.randrange(10**6)
        message = (
            f"{dice.choice(NOUNS)} {dice.choice(VERBS)} for customer {user} in region eu-{dice.randrange(9)} after "
            f"{dice.randrange(900)} ms, upstream answered {dice.choice([200, 201, 204, 404])} with request {number:08x}"
        )
        attrs: dict[str, object] = {
            "latency_ms": dice.randrange(2000),
            "http.method": dice.choice(["GET", "POST"]),
            "http.route": f"/api/{dice.choice(NOUNS)}/{{id}}",
            "region": f"eu-{dice.randrange(9)}",
            "attempt": dice.randrange(4),
        }
        if number % 20 == 0:
            message += f" contact user{user}@example.com"
        if number % 40 == 0:
            attrs["api_key"] = f"k-{user}"
        line: dict[str, object] = {
            "timestamp": stamp(number),
            "service": dice.choice(SERVICES),
            "level": dice.choice(LEVELS),
            "message": message,
            "trace_id": f"{dice.getrandbits(128):032x}",
            "span_id": f"{dice.getrandbits(64):016x}",
            "user_id": f"u{user}",
            "action": dice.choice(VERBS),
            "app_version": "1.4.2",
            "attrs": attrs,
        }
        if number % 200 == 0:
            line |= {"level": "error", "message": f"fault{number % 10} {dice.choice(NOUNS)} in checkout"}
        yield line


def json_logs(count: int, batch: int = 100) -> list[bytes]:
    every = list(lines(count))
    return [json.dumps(every[at : at + batch]).encode() for at in range(0, count, batch)]


def otlp_logs(count: int, batch: int = 100, start: int = START) -> list[bytes]:
    every = list(lines(count))
    return [otlp(every[at : at + batch], start + at) for at in range(0, count, batch)]


def otlp(members: list[dict[str, object]], start: int) -> bytes:
    """The same lines as an OTLP export request of one service."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = str(members[0]["service"])
    resource.resource.attributes.add(key="service.version").value.string_value = "1.4.2"
    scope = resource.scope_logs.add()
    for number, line in enumerate(members):
        record = scope.log_records.add(
            time_unix_nano=(start + number) * 10**9,
            severity_number={"debug": 5, "info": 9, "warn": 13, "error": 17}[str(line["level"])],
            trace_id=bytes.fromhex(str(line["trace_id"])),
            span_id=bytes.fromhex(str(line["span_id"])),
        )
        record.body.string_value = str(line["message"])
        for key in ("user_id", "action"):
            record.attributes.add(key=key).value.string_value = str(line[key])
        attrs = line["attrs"]
        assert isinstance(attrs, dict)
        for key, value in attrs.items():
            target = record.attributes.add(key=key).value
            if isinstance(value, int):
                target.int_value = value
            else:
                target.string_value = value
    return request.SerializeToString()
