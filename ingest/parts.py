"""The servers that the environment names, and whether they answer; nobody waits for one longer than a moment.

Each is asked in a thread, at most every few seconds. What is said may be read by anyone, so it names no address.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings

WAIT_SECONDS = 1.5  # for all of them together
ASK_SECONDS = 1.0  # for one
FRESH_SECONDS = 3.0  # an answer is good for so long


# rows of /system/ about what others do: name, whether it is well, words; they add themselves
OTHERS: list[Callable[[], list[tuple[str, bool, str]]]] = []


class State(NamedTuple):
    well: bool
    said: str


def kafka() -> str:
    brokers = len(admin().list_topics(timeout=ASK_SECONDS).brokers)
    return f"{brokers} broker{'s' * (brokers > 1)}"


@lru_cache(maxsize=1)
def admin() -> Any:
    from confluent_kafka.admin import AdminClient  # its library takes a while to load

    return AdminClient(settings.KAFKA_CLIENT | {"log_level": 0})


class RedCluster(Exception):
    """Some of its indices can't be read or written."""


def elasticsearch() -> str:
    from search.indices import client

    health = client().options(request_timeout=ASK_SECONDS).cluster.health()
    if health["status"] == "red":
        raise RedCluster
    return str(health["status"])


def redis() -> str:
    from redis import Redis

    with Redis.from_url(
        settings.REDIS_URL, socket_timeout=ASK_SECONDS, socket_connect_timeout=ASK_SECONDS
    ) as connection:
        connection.ping()
    return "answers"


SERVERS: dict[str, tuple[Callable[[], object], Callable[[], str]]] = {
    "kafka": (lambda: settings.KAFKA_BROKERS, kafka),
    "elasticsearch": (lambda: settings.ELASTICSEARCH_URL, elasticsearch),
    "redis": (lambda: settings.REDIS_URL, redis),
}


class Asked(NamedTuple):
    at: float
    answer: "Future[State]"

    def old(self) -> bool:
        return self.answer.done() and time.monotonic() - self.at > FRESH_SECONDS


pool = ThreadPoolExecutor(max_workers=len(SERVERS), thread_name_prefix="parts")
lock = threading.Lock()
asked: dict[str, Asked] = {}


def states() -> dict[str, State]:
    """Of the servers that are named, by name."""
    answers = {name: ask(name, probe) for name, (named, probe) in SERVERS.items() if named()}
    wait(answers.values(), WAIT_SECONDS)
    silent = State(False, "does not answer in time")
    return {name: answer.result() if answer.done() else silent for name, answer in answers.items()}


def ask(name: str, probe: Callable[[], str]) -> "Future[State]":
    """One that is under way is not asked again, so that a silent server takes one thread."""
    with lock:
        if name not in asked or asked[name].old():
            asked[name] = Asked(time.monotonic(), pool.submit(answered, probe))
        return asked[name].answer


def answered(probe: Callable[[], str]) -> State:
    try:
        return State(True, probe())
    except Exception as error:  # whatever a server or its client may come up with, it is not well
        return State(False, f"does not answer as it should ({type(error).__name__})")
