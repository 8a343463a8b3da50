"""Notifiers killed at random while destinations take notices and say they didn't: who heard what, how often."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.delivery_figures.world import notifying, route, settled
from tests.integrations.receiver import Heard, listening

FAILING = 7  # every so many-th call is taken and then answered with 503
KILL_SECONDS = 5.0
CHANGES = 3  # of each alert: opened, escalated, resolved

Arrival = tuple[str, str, list[int]]  # key, alert, numbers of its transitions


def figures(home: Path, count: int, dice: random.Random, flavour: str) -> dict[str, Any]:
    from integrations.models import Destination
    from tests.integrations.hooked import alerts

    with listening() as heard, notifying(home) as notifiers:
        heard.failing = FAILING
        keyed = Destination.objects.create(
            slug="keyed", name="keyed", kind="webhook", settings={"url": f"{heard.url}/keyed"}
        )
        keyless = Destination(slug="keyless", name="keyless", kind="slack")
        keyless.put({"url": f"{heard.url}/keyless"})
        keyless.save()
        route(keyed, keyless)
        notifiers.torment(dice, KILL_SECONDS)
        alerts(str(count))
        notifiers.ending.set()
        done = settled(600)
        told = list(arrivals(heard))
        found = by_key(told, count) | without_key(heard, {alert for _, alert, _ in told})
        right = done and not any(value for name, value in found.items() if name not in ("notices", "came again"))
        return {"alerts": count, "kills": notifiers.kills, "all told": done, **found, "right": right}


def arrivals(heard: Heard) -> Iterator[Arrival]:
    for body in heard.of("/keyed"):
        for alert in body["alerts"]:
            yield body["key"], alert["id"], [one["seq"] for one in alert["transitions"]]


def by_key(told: Sequence[Arrival], count: int) -> dict[str, int]:
    """As who drops what comes again under a key that it knows."""
    firsts: dict[tuple[str, str], list[int]] = {}
    other = 0
    for key, alert, numbers in told:
        other += firsts.setdefault((key, alert), numbers) != numbers
    heard: dict[str, list[int]] = {}
    for (_, alert), numbers in firsts.items():
        heard.setdefault(alert, []).extend(numbers)
    return {
        "notices": len(firsts),
        "came again": len(told) - len(firsts),
        "came again with another content": other,
        "told twice by another key": sum(len(numbers) - len(set(numbers)) for numbers in heard.values()),
        "out of order": sum(numbers != sorted(numbers) for numbers in heard.values()),
        "never told": CHANGES * count - sum(len(set(numbers)) for numbers in heard.values()),
    }


def without_key(heard: Heard, alerts: set[str]) -> dict[str, int]:
    """Messages that name no numbers: of each alert the last must say that it is over."""
    said: dict[str, list[str]] = {}
    for body in heard.of("/keyless"):
        for alert in set(re.findall(r"/alerts/([0-9a-f-]{36})/", json.dumps(body))):
            said.setdefault(alert, []).append(body["text"].split(":", 1)[0])
    return {"without a key, not told to its end": sum(said.get(alert, [""])[-1] != "Resolved" for alert in alerts)}
