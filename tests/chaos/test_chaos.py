"""A short run of what `make chaos` does at length; the seed is printed."""

import secrets

from tests.chaos.faults import FAULTS
from tests.chaos.run import run


def test_faults_under_load_change_nothing():
    compared = run(len(FAULTS), secrets.randbelow(10**6), print)
    assert compared["logs"] > 1000
    assert compared["alerts"] > 0
    assert compared["transitions"] > compared["alerts"]
