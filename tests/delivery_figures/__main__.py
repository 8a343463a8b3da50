"""Figures of delivery, each with real notifiers on a database of its own; ends with 1 where it isn't right.

python -m tests.delivery_figures repeats    10,000 repeats of one problem: exactly one ticket
python -m tests.delivery_figures problems   1,000 problems: exactly 1,000 tickets
python -m tests.delivery_figures latency    20 new alerts a second while Jira takes 200 ms for an answer
python -m tests.delivery_figures hanging    how much later a destination is told beside one that hangs
python -m tests.delivery_figures killed     notifiers killed at random beside failing destinations: who heard what
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.delivery_figures import hanging, jira, killed
from tests.delivery_figures.world import world

Figure = Callable[[Path, int, random.Random, str], dict[str, Any]]

# with how many it is counted where nothing else is asked for
FIGURES: dict[str, tuple[Figure, int]] = {
    "repeats": (jira.repeats, 10_000),
    "problems": (jira.problems, 1_000),
    "latency": (jira.latency, 600),
    "hanging": (hanging.figures, 200),
    "killed": (killed.figures, 300),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", choices=FIGURES)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--flavour", choices=("cloud", "datacenter"), default="cloud", help="of Jira")
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--redis", action="store_true", help="with a Redis that wakes the notifiers")
    given = parser.parse_args()
    figure, usual = FIGURES[given.figure]
    with world(given.database, given.redis) as home:
        began = time.monotonic()
        found = figure(home, given.count or usual, random.Random(given.seed), given.flavour)
        found |= {"seconds": round(time.monotonic() - began), "seed": given.seed}
        if not found["right"]:
            sys.stderr.write((home / "notifiers.log").read_text(errors="replace")[-4000:])
    sys.stdout.write(f"{given.figure}, {given.database}{', Redis' if given.redis else ''}\n")
    sys.stdout.writelines(f"  {name}: {value}\n" for name, value in found.items())
    return 0 if found["right"] else 1


if __name__ == "__main__":
    sys.exit(main())
