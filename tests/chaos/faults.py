"""What can happen, one function each: it happens, and what it took away is back when the function returns."""

import random
import time
from collections.abc import Callable

from tests.chaos.world import World, until
from tests.servers.server import listens

POINTS = ("before", "produced", "inside", "after")


def worker_dies_at_a_point(world: World, dice: random.Random) -> str:
    """kill -9 at a named place of a batch."""
    fault = f"{dice.choice(POINTS)}:{dice.randrange(1, 6)}"
    world.kill("worker")
    process = world.bring("worker", "--fault", fault)
    if not process.wait(25):  # it may have had no partition to read
        process.kill()
        fault += " (not reached)"
    world.bring("worker")
    return fault


def worker_dies(world: World, dice: random.Random) -> str:
    time.sleep(dice.uniform(0, 2))
    world.kill("worker")
    world.bring("worker")
    return ""


def second_worker_joins_and_leaves(world: World, dice: random.Random) -> str:
    process = world.bring("second worker")
    until("the second worker has started", lambda: listens(process.port), 60, world)
    time.sleep(dice.uniform(1, 8))
    if dice.random() < 0.5:
        world.kill("second worker")
        return "killed"
    status = process.terminate()
    assert status == 0, f"a worker that was asked to end ended with {status}:\n{world.said()}"
    return "left"


def indexer_dies(world: World, dice: random.Random) -> str:
    """At any moment, in the middle of a bulk request too."""
    time.sleep(dice.uniform(0, 1))
    world.kill("indexer")
    world.bring("indexer")
    return ""


def notifier_dies(world: World, dice: random.Random) -> str:
    world.kill("notifier")
    world.bring("notifier")
    return ""


def broker_restarts(world: World, dice: random.Random) -> str:
    return restart(world.kafka, dice)


def postgres_restarts(world: World, dice: random.Random) -> str:
    return restart(world.postgres, dice)


def redis_restarts(world: World, dice: random.Random) -> str:
    return restart(world.redis, dice)


def elasticsearch_is_away(world: World, dice: random.Random) -> str:
    how = dice.choice(("stopped", "killed"))
    getattr(world.elasticsearch, "stop" if how == "stopped" else "kill")()
    seconds = dice.uniform(5, 60)
    time.sleep(seconds)
    world.elasticsearch.start()
    return f"{how} for {seconds:.0f} s"


def elasticsearch_refuses(world: World, dice: random.Random) -> str:
    """429 for whole requests and for single documents."""
    world.refusing.share = dice.uniform(0.3, 1)
    seconds = dice.uniform(2, 6)
    time.sleep(seconds)
    world.refusing.share = 0
    return f"for {seconds:.0f} s"


def restart(server: object, dice: random.Random) -> str:
    how = dice.choice(("stop", "kill"))
    getattr(server, how)()
    time.sleep(dice.uniform(0, 4))
    getattr(server, "start")()  # noqa: B009 - every server has it
    return "stopped" if how == "stop" else "killed"


FAULTS: tuple[Callable[[World, random.Random], str], ...] = (
    worker_dies_at_a_point,
    worker_dies,
    second_worker_joins_and_leaves,
    broker_restarts,
    postgres_restarts,
    elasticsearch_refuses,
    indexer_dies,
    worker_dies_at_a_point,
    redis_restarts,
    notifier_dies,
    worker_dies_at_a_point,
    elasticsearch_is_away,
)


def sequence(rounds: int, dice: random.Random) -> list[Callable[[World, random.Random], str]]:
    """Every fault about equally often, in any order."""
    chosen: list[Callable[[World, random.Random], str]] = []
    while len(chosen) < rounds:
        chosen += dice.sample(FAULTS, len(FAULTS))
    return chosen[:rounds]
