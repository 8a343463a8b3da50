"""A made-up shop with troubles: its messages are always the same for a seed, and so must be what comes of them."""

import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

SECOND = 10**9
SERVICES = ("checkout", "payment", "catalog")
RULES: dict[str, list[dict[str, Any]]] = {
    "issues": [],
    "rules": [
        {"slug": "price", "name": "Price", "type": "match", "query": "error_code:PRICE_MISSING",
         "config": {"resolve_after": 20}, "group_by": ["service"], "severity": "error"},
        {"slug": "burst", "name": "Burst", "type": "frequency", "query": "level:error refused",
         "config": {"threshold": 8, "window": 10}, "group_by": ["service"], "severity": "warn", "lateness": 5},
    ],
}  # fmt: skip

# All that must be the same whatever was killed; the wall clock's own times are left out.
OUTCOME = {
    "logs": "SELECT id, timestamp, service, level, message FROM raw_logs ORDER BY id",
    "spans": "SELECT id, timestamp, service, name, trace_id, span_id FROM spans ORDER BY id",
    "dead": "SELECT id, reason, error, payload FROM ingest_deadletter ORDER BY id",
    "alerts": 'SELECT id, rule_slug, "group", status, count, first_seen, last_seen, cleared_at, episode, related_logs,'
    " evidence FROM alerts ORDER BY id",
    "transitions": "SELECT id, alert_id, kind, event_at, reason, data FROM alerts_transition ORDER BY id",
    "order": "SELECT alert_id, kind, data FROM alerts_transition ORDER BY alert_id, seq",
    "offsets": 'SELECT topic, "partition", next FROM ingest_offset WHERE next > 0 ORDER BY topic, "partition"',
}
NUMBERS = "SELECT seq FROM alerts_transition ORDER BY seq"


class Sent(NamedTuple):
    """``arrival``: nanoseconds; ``body``: JSON logs, one array."""

    number: int
    arrival: int
    body: bytes


def messages(clock: Callable[[int], int], records: int, seed: int = 3, cycle: int = 200) -> Iterator[Sent]:
    """Without end; in every ``cycle`` of them the first 40 are of trouble. ``clock`` gives a message's arrival (ns) by
    its number."""
    dice = random.Random(seed)
    number = 0
    while True:
        arrival = clock(number)
        trouble = number % cycle < 40
        lines = [line(dice, number, index, arrival, trouble) for index in range(records)]
        yield Sent(number, arrival, json.dumps(lines).encode())
        number += 1


def line(dice: random.Random, number: int, index: int, arrival: int, trouble: bool) -> dict[str, Any]:
    bad = trouble and dice.random() < 0.1
    late = dice.randrange(7) * SECOND if dice.random() < 0.1 else 0
    made: dict[str, Any] = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((arrival - late) // SECOND)),
        "service": dice.choice(SERVICES),
        "level": "error" if bad else "info",
        "message": "connection refused" if bad else f"order {number}.{index} stored",
    }
    if trouble and dice.random() < 0.01:
        made["error_code"] = "PRICE_MISSING"
    if dice.random() < 0.005:
        del made["message"]  # a bad record now and then
    return made


def outcome(read: Callable[[str], list[Any]]) -> dict[str, list[Any]]:
    """``read`` runs a query. The transitions' numbers must have no gap."""
    numbers = [row[0] for row in read(NUMBERS)]
    assert numbers == list(range(1, len(numbers) + 1))
    return {name: read(sql) for name, sql in OUTCOME.items()}
