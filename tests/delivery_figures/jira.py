"""Tickets counted: notifiers killed at random, against a stand-in for Jira that loses answers, lags and limits."""

import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.delivery_figures.world import Notifiers, notifying, opened, route, settled
from tests.servers import Jira

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

Tickets = Callable[[Jira, Notifiers, int, random.Random], dict[str, Any]]


def at_site(figure: Tickets) -> Callable[[Path, int, random.Random, str], dict[str, Any]]:
    def run(home: Path, count: int, dice: random.Random, flavour: str) -> dict[str, Any]:
        site: Any = Jira(flavour).start()
        try:
            connect(site)
            with notifying(home) as notifiers:
                return figure(site, notifiers, count, dice) | {"kills": notifiers.kills}
        finally:
            site.remove()

    return run


def connect(site: Jira) -> None:
    """A route that leads every alert by itself to Jira."""
    from integrations.models import Destination

    settings = site.settings(lag_seconds=LAG + 2, comment_minutes=0.1)
    destination = Destination(slug="jira", name="Jira", kind="jira")
    destination.put({"token": settings.pop("token")})
    destination.settings = settings
    destination.save()
    route(destination)


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


@at_site
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


@at_site
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


@at_site
def latency(site: Jira, notifiers: Notifiers, count: int, dice: random.Random) -> dict[str, Any]:
    from alerts.models import Alert

    site.control(faults=[{"match": "/rest/", "do": "slow", "seconds": 0.2}])
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
