"""A whole day of the shop, made in seconds: on a clock of its own, at a fraction of its pace, the same for a seed.

python -m demo.day [--seed 1]    sends the last 24 hours to OTEL_EXPORTER_OTLP_ENDPOINT, or else to the product on this
machine. To one that has seen nothing newer, because what comes later than a rule allows isn't judged.
"""

import argparse
import random
import time
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

from demo.clock import SECOND, OwnClock
from demo.customers import Shop
from demo.exports import Kept
from demo.incidents import Incidents
from demo.service import endpoint

LASTS = 24 * 3600.0  # seconds
SLOWER = 60  # than the shop is else: an incident comes every hour or two, and lasts for up to half an hour
VISITS = 1500  # customers in a day
METRICS_EVERY = 900.0
EXPORT = SECOND // 2  # what a message waits for company
LIMIT = 200  # visits in a message


class Message(NamedTuple):
    """``arrival``: nanoseconds; ``signal`` as in the OTLP path; ``body``: protobuf."""

    arrival: int
    signal: str
    body: bytes


def day(start: int, seed: int = 1, visits: int = VISITS) -> Iterator[Message]:
    """What one Collector would pass on of the day from ``start`` (ns) on, in the order of arrival."""
    dice = random.Random(seed)
    clock, kept = OwnClock(start), Kept(dice)
    incidents = Incidents(dice)
    shop = Shop(kept, incidents, dice, clock)
    until, together, metrics_at = start, 0, METRICS_EVERY
    for at in moments(dice, visits):
        begins = start + int(at * SECOND)
        if together and (begins > until + EXPORT or together == LIMIT):
            yield from flush(kept, until + EXPORT)
            together = 0
        while at >= metrics_at:
            now = start + int(metrics_at * SECOND)
            for body in kept.read_metrics(start, now):
                yield Message(now, "metrics", body)
            metrics_at += METRICS_EVERY
        incidents.advance(at / SLOWER)
        clock.at = begins
        shop.visit()
        together, until = together + 1, max(until, clock.at)
    yield from flush(kept, until + EXPORT)
    shop.close()


def moments(dice: random.Random, visits: int) -> list[float]:
    """When customers come, in seconds from the beginning: when they like, not by the clock."""
    return sorted(dice.uniform(0, LASTS) for _ in range(visits))


def flush(kept: Kept, arrival: int) -> Iterator[Message]:
    for signal, body in (("logs", kept.take_logs()), ("traces", kept.take_spans())):
        if body:
            yield Message(arrival, signal, body)


def send(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/x-protobuf"})  # noqa: S310 - our own product
    urllib.request.urlopen(request).close()  # noqa: S310


def main() -> None:
    parser = argparse.ArgumentParser(description="send a day of the shop")
    parser.add_argument("--seed", type=int, default=1)
    seed, url = parser.parse_args().seed, endpoint()
    sent = 0
    for message in day(time.time_ns() - int(LASTS) * SECOND, seed):
        send(f"{url}/v1/{message.signal}", message.body)
        sent += 1
    print(f"sent the last 24 hours in {sent:,} messages to {url}")


if __name__ == "__main__":
    main()
