"""Two real notifiers, killed again and again, against a real HTTP server: each transition is told, in order, and what
comes twice comes under the same key."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integrations.receiver import Heard, listening
from tests.started import environment
from tests.tools import ROOT

ALERTS = 20
KILLS = 4


class Installation:
    """A database with programs on it that know the kind ``hook``."""

    def __init__(self, data_dir: Path, **more: str) -> None:
        self.environment = environment(data_dir, LOG_LEVEL="error", PYTHONPATH=str(ROOT), **more)
        self.running: list[subprocess.Popen[bytes]] = []

    def call(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True, timeout=240
        ).stdout

    def hooked(self, *arguments: str) -> str:
        return self.call("-m", "tests.integrations.hooked", *arguments)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integrations.hooked", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )
        self.running.append(process)
        return process

    def shell(self, code: str) -> str:
        return self.call("manage.py", "shell", "-v0", "-c", code).strip()

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request, migrated, tmp_path):
    data_dir = tmp_path / "data"
    if request.param == "sqlite":
        shutil.copytree(migrated, data_dir)
        made = Installation(data_dir)
    else:
        data_dir.mkdir()
        url = request.getfixturevalue("postgres").fresh()
        made = Installation(data_dir, DATABASE_URL=url, SECRET_KEY="k" * 50)
        made.call("manage.py", "migrate", "-v0")
    yield made
    made.end()


def told(heard: Heard, path: str) -> list[tuple[str, str, list[int]]]:
    """Key, alert and numbers of each arrival."""
    return [
        (body["key"], alert, [one["seq"] for one in transitions])
        for body in heard.of(path)
        for alert, _, transitions in body["told"]
    ]


def firsts(arrivals: list[tuple[str, str, list[int]]]) -> list[tuple[str, str, list[int]]]:
    """Without those that came again under the same key."""
    return list({(key, alert): (key, alert, numbers) for key, alert, numbers in reversed(arrivals)}.values())[::-1]


def wait_until(true, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)


def test_whoever_is_killed_every_transition_is_told_in_order_and_a_repeat_has_the_same_key(installation):
    chance = random.Random(os.environ.get("SEED", "7"))
    with listening() as heard:
        heard.failing = 9
        installation.hooked("setup", f"well={heard.url}/well", f"hangs={heard.url}/hang")
        notifiers = [installation.start("notifier"), installation.start("notifier")]
        maker = installation.start("alerts", str(ALERTS))
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.5))
            place = chance.randrange(2)
            notifiers[place].kill()
            notifiers[place].wait()
            notifiers[place] = installation.start("notifier")
        assert maker.wait(300) == 0
        wait_until(lambda: sum(len(numbers) for _, _, numbers in firsts(told(heard, "/well"))) >= 3 * ALERTS)
        arrivals = told(heard, "/well")
    once = firsts(arrivals)
    by_alert: dict[str, list[int]] = {}
    for _, alert, numbers in once:
        by_alert.setdefault(alert, []).extend(numbers)
    assert len(by_alert) == ALERTS
    for numbers in by_alert.values():
        assert numbers == sorted(set(numbers))
        assert len(numbers) == 3
    assert {(key, alert): numbers for key, alert, numbers in arrivals} == {
        (key, alert): numbers for key, alert, numbers in once
    }
    doubles = (
        "from integrations.models import Delivery; from django.db.models import Count;"
        "rows = Delivery.objects.values('destination', 'transition').annotate(n=Count('pk'));"
        "print(rows.count(), rows.filter(n__gt=1).count())"
    )
    assert installation.shell(doubles) == f"{2 * 3 * ALERTS} 0"
