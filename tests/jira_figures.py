"""Tickets counted: real notifiers, killed at random, against a stand-in for Jira that loses answers, lags and limits.

python -m tests.jira_figures repeats    10,000 repeats of one problem: exactly one ticket
python -m tests.jira_figures problems   1,000 problems: exactly 1,000 tickets
python -m tests.jira_figures latency    20 new alerts a second while Jira takes 200 ms for an answer
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.servers import Jira, Postgres
from tests.started import OURS
from tests.tools import ROOT

NOTIFIERS = 2
LAG = 3.0
LOST = [
    # the first creates are done, and whoever asked hears nothing until it gives up
    {"match": "POST .*/issue$", "do": "done-then-hang", "seconds": 12, "times": 2},
    {"match": "POST .*/issue$", "do": "done-then-reset", "share": 0.1},
    {"match": "POST .*/issue$", "do": "done-then-html", "status": 502, "share": 0.05},
    {"match": "POST .*/issue$", "do": "status", "status": 503, "share": 0.05},
    {"match": "POST .*/comment$", "do": "done-then-reset", "share": 0.2},
    {"match": "GET ", "do": "status", "status": 500, "share": 0.02},
]


class Notifiers:
    """Two of them; ``torment`` kills one or the other, which is started again."""

    def __init__(self, home: Path) -> None:
        self.log = (home / "notifiers.log").open("wb")
        self.kills = 0
        self.ending = threading.Event()
        self.running = [self.start() for _ in range(NOTIFIERS)]

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "run_notifier"]
        return subprocess.Popen(command, cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT)

    def torment(self, dice: random.Random, seconds: float) -> threading.Thread:
        def run() -> None:
            while not self.ending.wait(dice.uniform(0.4, 1.6) * seconds):
                place = dice.randrange(NOTIFIERS)
                self.running[place].kill()
                self.running[place].wait()
                self.running[place] = self.start()
                self.kills += 1

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.log.close()


def prepare(site: Jira, **more: Any) -> None:
    """The database, and a route that leads every alert by itself to Jira."""
    from django.core.management import call_command

    from integrations.models import Destination, Route

    call_command("migrate", verbosity=0)
    settings = site.settings(lag_seconds=LAG + 2, comment_minutes=0.1, **more)
    destination = Destination(slug="jira", name="Jira", kind="jira")
    destination.put({"token": settings.pop("token")})
    destination.settings = settings
    destination.save()
    route = Route.objects.create(
        slug="all", name="All", group_by=["id"], group_wait=0, group_interval=0, repeat_interval=0
    )
    route.destinations.add(destination)


def opened(number: int) -> Any:
    from django.db import transaction

    with transaction.atomic():
        return made(number)


def made(number: int) -> Any:
    from django.utils import timezone

    from alerts import lifecycle
    from alerts.analyse import fingerprint
    from alerts.models import Alert

    now, group = timezone.now(), {"service": f"shop-{number}"}
    alert = Alert.objects.create(
        fingerprint=fingerprint("price", group),
        rule_slug="price",
        rule_version=1,
        group=group,
        service=group["service"],
        issue_code="PRICE_MISSING",
        severity="error",
        message="Product price is null or missing",
        first_seen=now,
        last_seen=now,
        created_at=now,
    )
    lifecycle.publish([lifecycle.change(alert, "opened", now, "1")])
    return alert


def repeat(alert: Any, first: int, count: int) -> None:
    from django.utils import timezone

    from alerts import lifecycle
    from alerts.models import Alert

    now = timezone.now()
    told = [lifecycle.change(alert, "repeated", now, str(first + one)) for one in range(count)]
    for one, transition in enumerate(told):
        transition.data = {"count": first + one}
    Alert.objects.filter(pk=alert.pk).update(count=first + count, last_seen=now)
    lifecycle.publish(told)


def settled(seconds: float) -> bool:
    """Everything is told."""
    from integrations.delivery import plan
    from integrations.models import Delivery

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not plan.behind() and not Delivery.objects.filter(state="waiting").exists():
            return True
        time.sleep(0.5)
    return False


def repeats(site: Jira, notifiers: Notifiers, count: int, dice: random.Random) -> dict[str, Any]:
    """Some seconds' worth at a time, so that the killing goes on all the while."""
    from django.db import transaction

    site.control(faults=LOST, lag=LAG, rate=20)
    notifiers.torment(dice, 8.0)
    alert = opened(0)
    for first in range(0, count, 50):
        with transaction.atomic():
            repeat(alert, first, min(50, count - first))
        time.sleep(0.6)
    notifiers.ending.set()
    done = settled(300)
    issues = site.issues()
    marks = Counter(mark for issue in issues for one in issue["comments"] for mark in marks_of(one))
    doubled = sum(1 for times in marks.values() if times > 1)
    return {
        "repeats": count,
        "all told": done,
        "tickets": len(issues),
        "comments": len(marks),
        "said twice": doubled,
        "right": done and len(issues) == 1,
    }


def marks_of(comment: dict[str, Any]) -> list[str]:
    return re.findall(r"#t(\d+)", json.dumps(comment["body"]))


def problems(site: Jira, notifiers: Notifiers, count: int, dice: random.Random) -> dict[str, Any]:
    site.control(faults=LOST, lag=LAG, rate=150)
    notifiers.torment(dice, 8.0)
    for number in range(count):
        opened(number)
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and len(site.issues()) < count:
        time.sleep(1)
    notifiers.ending.set()
    done = settled(600)
    labels = Counter(label for issue in site.issues() for label in issue["labels"] if label != "stacklens")
    twice = sum(1 for times in labels.values() if times > 1)
    return {
        "problems": count,
        "all told": done,
        "tickets": len(site.issues()),
        "with two tickets": twice,
        "right": done and len(labels) == count == len(site.issues()) and not twice,
    }


def latency(site: Jira, notifiers: Notifiers, count: int, dice: random.Random) -> dict[str, Any]:
    from alerts.models import Alert

    site.control(faults=[{"match": "/rest/", "do": "slow", "seconds": 0.2}])
    time.sleep(5)  # the notifiers are up
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(began + number / 20 - time.monotonic(), 0))
        opened(number)
    rate = count / (time.monotonic() - began)
    done = settled(120)
    made = {label: issue["created"] for issue in site.issues() for label in issue["labels"]}
    waits = sorted(
        made[f"stacklens-{alert.fingerprint[:32]}"] - alert.created_at.timestamp() for alert in Alert.objects.all()
    )
    return {
        "alerts": count,
        "a second": round(rate, 1),
        "all told": done,
        "median s": round(statistics.median(waits), 2),
        "p99 s": round(waits[int(len(waits) * 0.99)], 2),
        "longest s": round(waits[-1], 2),
        "right": done and waits[-1] < 5,
    }


FIGURES = {"repeats": (repeats, 10_000), "problems": (problems, 1_000), "latency": (latency, 600)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", choices=FIGURES)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--flavour", choices=("cloud", "datacenter"), default="cloud")
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    given = parser.parse_args()
    figure, usual = FIGURES[given.figure]
    for name in filter(OURS.match, list(os.environ)):
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="stacklens-figures-") as home:
        started: list[Any] = [Jira(given.flavour).start()]
        try:
            if given.database == "postgres":
                started.append(Postgres().start())
                os.environ["DATABASE_URL"] = started[-1].fresh()
            os.environ |= {
                "STACKLENS_DATA_DIR": home,
                "STACKLENS_OUTBOUND_ALLOW": "127.0.0.1",
                "SECRET_KEY": "of-figures-only-" + "0123456789" * 5,
                "DJANGO_SETTINGS_MODULE": "stacklens_site.settings",
            }
            import django

            django.setup()
            prepare(started[0])
            notifiers = Notifiers(Path(home))
            started.append(notifiers)
            began = time.monotonic()
            found = figure(started[0], notifiers, given.count or usual, random.Random(given.seed))
            if not found["right"]:
                sys.stderr.write((Path(home) / "notifiers.log").read_text(errors="replace")[-4000:])
            found |= {"kills": notifiers.kills, "seconds": round(time.monotonic() - began), "seed": given.seed}
        finally:
            for one in reversed(started):
                with suppress(Exception):
                    one.end() if isinstance(one, Notifiers) else one.remove()
        sys.stdout.write(f"{given.figure}, {given.flavour}, {given.database}\n")
        sys.stdout.writelines(f"  {name}: {value}\n" for name, value in found.items())
    return 0 if found["right"] else 1


if __name__ == "__main__":
    sys.exit(main())
