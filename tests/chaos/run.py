"""One run: start everything, let one fault follow another under load, then look."""

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.chaos.faults import sequence
from tests.chaos.load import Load
from tests.chaos.verify import verify
from tests.chaos.world import World


def run(rounds: int, seed: int, say: Callable[[str], None]) -> dict[str, int]:
    """Raises AssertionError where something is lost, doubled or different; gives the rows that were compared."""
    say(f"{rounds} rounds, seed {seed}")
    dice = random.Random(seed)
    world = World()
    try:
        world.start()
        load = Load(world.kafka.brokers, seed)
        load.start()
        for number, fault in enumerate(sequence(rounds, dice), 1):
            began = time.monotonic()
            told = fault(world, dice)
            for name in ("worker", "indexer", "notifier"):
                world.bring(name)
            name = fault.__name__.replace("_", " ")
            say(f"{number:4} {name}{': ' + told if told else ''} ({time.monotonic() - began:.1f} s)")
            time.sleep(dice.uniform(0, 2))
        load.stop()
        say(f"sent {load.acknowledged}; comparing with an undisturbed run")
        compared = verify(world, load)
        say(f"the same: {compared}")
        return compared
    except AssertionError:
        kept = Path(tempfile.gettempdir()) / "stacklens-chaos.log"
        shutil.copy(world.log, kept)
        say(f"what our processes said is kept in {kept}")
        raise
    finally:
        world.end()
