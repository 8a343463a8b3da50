"""``python -m tests.chaos --rounds 50 --seed 7``: see the package."""

import argparse
import secrets
from functools import partial

from tests.chaos.run import run

parser = argparse.ArgumentParser(description="Faults under load on real servers.")
parser.add_argument("--rounds", type=int, default=50)
parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="says which faults come when")
asked = parser.parse_args()
run(asked.rounds, asked.seed, partial(print, flush=True))
