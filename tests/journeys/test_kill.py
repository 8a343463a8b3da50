"""kill -9 of the worker, again and again: everything is there once, as if nothing had happened."""

import contextlib
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECOND = 10**9
START = 1_768_000_000 * SECOND
MESSAGES, PER_MESSAGE, KILLS = 600, 40, 50
SERVICES = ("checkout", "payment", "catalog")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def manage(data_dir, *command, env=None, **more):
    # batches of a few messages, so that a kill falls between many of them
    ours = {"STACKLENS_DATA_DIR": str(data_dir), "STACKLENS_BATCH_BYTES": "15000", "LOG_LEVEL": "error"}
    env = os.environ | ours | (env or {})
    return subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, env=env, **more)


def done(process):
    assert process.wait(120) == 0


def prepare(data_dir):
    data_dir.mkdir()
    done(manage(data_dir, "migrate", "-v0"))
    done(manage(data_dir, "migrate", "-v0", "--database", "queue"))
    rules = {
        "issues": [],
        "rules": [
            {"slug": "price", "name": "Price", "type": "match", "query": "error_code:PRICE_MISSING",
             "config": {"resolve_after": 20}, "group_by": ["service"], "severity": "error"},
            {"slug": "burst", "name": "Burst", "type": "frequency", "query": "level:error refused",
             "config": {"threshold": 8, "window": 10}, "group_by": ["service"], "severity": "warn", "lateness": 5},
        ],
    }  # fmt: skip
    file = data_dir / "rules.json"
    file.write_text(json.dumps(rules))
    done(manage(data_dir, "load_rules", str(file), stdout=subprocess.DEVNULL))


def messages():
    """Two minutes of a shop: every message has its arrival, so that both runs see the very same."""
    dice = random.Random(3)
    for number in range(MESSAGES):
        arrival = START + number * SECOND // 5
        trouble = number % 200 < 40
        lines = []
        for index in range(PER_MESSAGE):
            bad = trouble and dice.random() < 0.1
            late = dice.randrange(7) * SECOND if dice.random() < 0.1 else 0
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((arrival - late) // SECOND))
            line = {"timestamp": stamp, "service": dice.choice(SERVICES), "level": "error" if bad else "info",
                    "message": "connection refused" if bad else f"order {number}.{index} stored"}  # fmt: skip
            if trouble and dice.random() < 0.01:
                line["error_code"] = "PRICE_MISSING"
            if dice.random() < 0.005:
                del line["message"]  # a bad record now and then
            lines.append(line)
        yield number, arrival, json.dumps(lines).encode()


def append(data_dir, rows):
    with sqlite3.connect(data_dir / "queue.sqlite3", timeout=30) as queue:
        queue.executemany(
            "INSERT INTO queue_message (topic, partition, offset, received_at, headers, size, value) "
            "VALUES ('otel-logs', 0, ?, ?, '{\"encoding\": \"log\"}', ?, ?)",
            [(number, arrival, len(body), body) for number, arrival, body in rows],
        )
        queue.execute("DELETE FROM queue_partition")
        last = rows[-1][0] + 1
        queue.execute("INSERT INTO queue_partition (topic, partition, next_offset) VALUES ('otel-logs', 0, ?)", [last])
    queue.close()


def outcome(data_dir):
    """All that must be the same; the wall clock's own times left out."""
    database = sqlite3.connect(data_dir / "stacklens.sqlite3")
    read = lambda sql: database.execute(sql).fetchall()  # noqa: E731
    found = {
        "logs": read("SELECT id, timestamp, service, level, message FROM raw_logs ORDER BY id"),
        "dead": read("SELECT id, reason, error, payload FROM ingest_deadletter ORDER BY id"),
        "alerts": read(
            'SELECT id, rule_slug, "group", status, count, first_seen, last_seen, cleared_at, episode, related_logs,'
            " evidence FROM alerts ORDER BY id"
        ),
        "transitions": read("SELECT id, alert_id, kind, event_at, reason, data FROM alerts_transition ORDER BY id"),
        "order": read("SELECT alert_id, kind, data FROM alerts_transition ORDER BY alert_id, seq"),
        "offset": read("SELECT topic, next, event_high, received_high FROM ingest_offset WHERE topic = 'otel-logs'"),
    }
    numbers = [seq for (seq,) in read("SELECT seq FROM alerts_transition ORDER BY seq")]
    database.close()
    assert numbers == list(range(1, len(numbers) + 1))
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("undisturbed") / "data"
    prepare(data_dir)
    append(data_dir, list(messages()))
    done(manage(data_dir, "run_consumer", "--until-idle"))
    return outcome(data_dir)


def test_the_undisturbed_run_has_something_to_lose(undisturbed):
    kinds = {kind for _, _, kind, *_ in undisturbed["transitions"]}
    assert kinds >= {"opened", "repeated", "resolved", "reopened"}
    assert len(undisturbed["logs"]) + len(undisturbed["dead"]) == MESSAGES * PER_MESSAGE
    assert len(undisturbed["dead"]) > 50


def test_fifty_kills_under_load_change_nothing(undisturbed, tmp_path):
    data_dir = tmp_path / "data"
    prepare(data_dir)
    dice, rows = random.Random(5), list(messages())
    share = MESSAGES // KILLS
    for kill in range(KILLS):
        fresh = rows[kill * share : (kill + 1) * share]
        append(data_dir, fresh[: share // 2])
        # half of the kills at a named point of the transaction, half at any moment
        point = dice.choice(["before", "inside", "after", "", "", ""])
        fault = ["--fault", f"{point}:{dice.randrange(1, 4)}"] if point else []
        process = manage(data_dir, "run_consumer", *fault, env={"STACKLENS_HEALTH_PORT": str(free_port())})
        for row in fresh[share // 2 :]:
            time.sleep(dice.uniform(0, 0.25))
            append(data_dir, [row])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0, 0.6) if not point else 2.5)
        process.kill()
        assert process.wait(30) == -signal.SIGKILL
    done(manage(data_dir, "run_consumer", "--until-idle"))
    found = outcome(data_dir)
    for part, expected in undisturbed.items():
        assert found[part] == expected, part
