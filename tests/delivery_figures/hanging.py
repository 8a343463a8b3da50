"""How much later a quick destination is told because of what stands beside it, one that hangs above all: by turns."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.delivery_figures.world import notifying, opened, route
from tests.integrations.listener import Listener, Told, listening

A_SECOND = 20
ROUNDS = 6
WARM = 40  # alerts of which nothing is counted
BACKLOG = 20_000  # what waits for a destination that has hung for long
NOTHING = 0.010  # seconds
# two-sided 95 % of Student's t, by the number of rounds less one
T95 = (0, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)

Runs = dict[str, list[list[float]]]


def figures(home: Path, count: int, dice: random.Random, flavour: str) -> dict[str, Any]:
    """``right``: the median is not surely later by more than NOTHING."""
    with listening() as quick, listening() as other, listening() as stuck, notifying(home):
        stuck.answers = [Told(hang=60)]
        table = route(destination("quick", quick.url))
        neighbours: dict[str, Callable[[], Any]] = {
            "alone": lambda: None,
            "beside one that answers": lambda: joined(table, other.url),
            "beside one that hangs": lambda: joined(table, stuck.url),
            f"beside one that hangs, for which {BACKLOG:,} wait": lambda: behind(joined(table, stuck.url)),
        }
        told(quick, WARM)
        runs: Runs = {name: [] for name in neighbours}
        for _ in range(ROUNDS):
            for name in dice.sample(list(neighbours), len(neighbours)):
                # a new one each time, so that it is hung upon first and then found to fail
                neighbour = neighbours[name]()
                runs[name].append(told(quick, count))
                if neighbour:
                    removed(neighbour)
        return {**shown(runs), "calls that hung": len(stuck.asked)}


def destination(slug: str, url: str) -> Any:
    from integrations.models import Destination

    return Destination.objects.create(slug=slug, name=slug, kind="webhook", settings={"url": url})


def joined(table: Any, url: str) -> Any:
    made = destination("neighbour", url)
    table.destinations.add(made)
    return made


def behind(neighbour: Any) -> Any:
    """As after days: so many groups wait, and each has been tried."""
    from django.utils import timezone

    from alerts.models import Transition
    from integrations.models import Delivery, Thread

    now, of = timezone.now(), Transition.objects.first()
    assert of is not None
    threads = [
        Thread(destination=neighbour, key=f"waits-{one}", begun_at=now, due_at=now, tries=1) for one in range(BACKLOG)
    ]
    deliveries = [
        Delivery(
            destination=neighbour,
            transition=of,
            repeat=one,
            alert_id=of.alert_id,
            seq=of.seq,
            thread=thread,
            planned_at=now,
        )
        for one, thread in enumerate(threads)
    ]
    Thread.objects.bulk_create(threads, batch_size=1000)
    Delivery.objects.bulk_create(deliveries, batch_size=1000)
    return neighbour


def removed(neighbour: Any) -> None:
    from django.db import DatabaseError

    neighbour.enabled = False
    neighbour.save()
    while True:
        with suppress(DatabaseError):  # it is being told
            neighbour.delete()
            return
        time.sleep(1)


def told(quick: Listener, count: int) -> list[float]:
    """Alerts that open at a steady pace: seconds from the commit of each to its arrival."""
    from alerts.models import Alert

    known, first, began = len(quick.asked), Alert.objects.count(), time.monotonic()
    committed: dict[str, float] = {}
    for one in range(count):
        time.sleep(max(began + one / A_SECOND - time.monotonic(), 0))
        alert = opened(first + one)
        committed[str(alert.pk)] = time.monotonic()
    deadline = time.monotonic() + 120
    arrived: dict[str, float] = {}
    while missing := len(committed.keys() - arrived):
        if time.monotonic() > deadline:
            raise AssertionError(f"{missing} were not told")
        time.sleep(0.05)
        for asked in quick.asked[known:]:
            arrived.setdefault(asked.json["alert"]["id"], asked.at)  # what comes again was told before
            known += 1
    return [arrived[alert] - at for alert, at in committed.items()]


def shown(runs: Runs) -> dict[str, Any]:
    found: dict[str, Any] = {"right": True}
    for name, told in runs.items():
        every = sorted(seconds for one in told for seconds in one)
        words = " / ".join(f"{1000 * quantile(every, share):.0f}" for share in (0.5, 0.95, 1))
        found[name] = f"{words} ms (p50 / p95 / longest of {len(every):,})"
        if name == "alone":
            continue
        for share in (0.5, 0.95):
            middle, wide = later(runs["alone"], told, share)
            found[f"{name}, p{share * 100:.0f} later by"] = f"{1000 * middle:+.1f} ± {1000 * wide:.1f} ms (95 %)"
            found["right"] &= share != 0.5 or middle - wide < NOTHING
    return found


def later(alone: list[list[float]], beside: list[list[float]], share: float) -> tuple[float, float]:
    """By rounds: the mean difference, and half the width of its interval of confidence."""
    differences = [quantile(b, share) - quantile(a, share) for a, b in zip(alone, beside, strict=True)]
    error = statistics.stdev(differences) / len(differences) ** 0.5
    return statistics.mean(differences), T95[len(differences) - 1] * error


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
