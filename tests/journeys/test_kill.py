"""kill -9 of the worker, again and again: everything is there once, as if nothing had happened."""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import islice

import pytest

from tests.shop import RULES, SECOND, messages, outcome
from tests.tools import ROOT, free_ports

START = 1_768_000_000 * SECOND
MESSAGES, PER_MESSAGE, KILLS = 600, 40, 50


def manage(data_dir, *command, env=None, **more):
    # batches of a few messages, so that a kill falls between many of them
    ours = {"STACKLENS_DATA_DIR": str(data_dir), "STACKLENS_BATCH_BYTES": "15000", "LOG_LEVEL": "error"}
    env = os.environ | ours | (env or {})
    return subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, env=env, **more)


def done(process):
    assert process.wait(120) == 0


def prepare(migrated, data_dir):
    shutil.copytree(migrated, data_dir)
    file = data_dir / "rules.json"
    file.write_text(json.dumps(RULES))
    done(manage(data_dir, "load_rules", str(file), stdout=subprocess.DEVNULL))


def sent():
    """Two minutes of the shop, five messages a second."""
    return list(islice(messages(lambda number: START + number * SECOND // 5, PER_MESSAGE), MESSAGES))


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


def found_in(data_dir):
    database = sqlite3.connect(data_dir / "stacklens.sqlite3")
    try:
        return outcome(lambda sql: database.execute(sql).fetchall())
    finally:
        database.close()


@pytest.fixture(scope="module")
def undisturbed(migrated, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("undisturbed") / "data"
    prepare(migrated, data_dir)
    append(data_dir, sent())
    done(manage(data_dir, "run_consumer", "--until-idle"))
    return found_in(data_dir)


def test_the_undisturbed_run_has_something_to_lose(undisturbed):
    kinds = {kind for _, _, kind, *_ in undisturbed["transitions"]}
    assert kinds >= {"opened", "repeated", "resolved", "reopened"}
    assert len(undisturbed["logs"]) + len(undisturbed["dead"]) == MESSAGES * PER_MESSAGE
    assert len(undisturbed["dead"]) > 50


def test_fifty_kills_under_load_change_nothing(undisturbed, migrated, tmp_path):
    data_dir = tmp_path / "data"
    prepare(migrated, data_dir)
    dice, rows = random.Random(5), sent()
    share = MESSAGES // KILLS
    for kill in range(KILLS):
        fresh = rows[kill * share : (kill + 1) * share]
        append(data_dir, fresh[: share // 2])
        # half of the kills at a named point of the transaction, half at any moment
        point = dice.choice(["before", "inside", "after", "", "", ""])
        fault = ["--fault", f"{point}:{dice.randrange(1, 4)}"] if point else []
        process = manage(data_dir, "run_consumer", *fault, env={"STACKLENS_HEALTH_PORT": str(free_ports(1)[0])})
        for row in fresh[share // 2 :]:
            time.sleep(dice.uniform(0, 0.25))
            append(data_dir, [row])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0, 0.6) if not point else 2.5)
        process.kill()
        assert process.wait(60) == -signal.SIGKILL
    done(manage(data_dir, "run_consumer", "--until-idle"))
    found = found_in(data_dir)
    for part, expected in undisturbed.items():
        assert found[part] == expected, part
