"""Whether an action runs by itself, and who may approve it."""

import pytest

from integrations.automation.policy import MOVES, decide, refusal


@pytest.mark.parametrize(
    ("mode", "risky", "confidence", "ran", "state", "why"),
    [
        ("suggest", False, 1.0, 0, "suggested", ""),
        ("suggest", True, 1.0, 0, "suggested", ""),
        ("approve", False, 1.0, 0, "waiting", ""),
        ("run", False, 0.9, 0, "approved", "confidence 0.9, 1 of 3 in the last hour"),
        ("run", False, 0.9, 2, "approved", "confidence 0.9, 3 of 3 in the last hour"),
        ("run", False, 0.9, 3, "waiting", "3 of 3 ran by themselves in the last hour"),
        ("run", False, 0.89, 0, "waiting", "the confidence 0.89 is below 0.9"),
        ("run", True, 1.0, 0, "waiting", "it is risky"),
    ],
)
def test_how_a_run_begins(mode, risky, confidence, ran, state, why):
    assert decide(mode, risky, confidence, 0.9, ran, 3) == (state, why)


def test_a_rate_of_none_lets_none_run():
    assert decide("run", False, 1.0, 0.9, 0, 0).state == "waiting"


@pytest.mark.parametrize(
    ("by", "risky", "asked_by", "changed_by", "may"),
    [
        ("ada", False, "ada", "ada", True),
        ("ada", True, "ada", "grace", False),
        ("ada", True, "system", "ada", False),
        ("ada", True, "grace", "grace", True),
        ("ada", True, "system", "", True),
    ],
)
def test_what_is_risky_is_approved_by_somebody_else(by, risky, asked_by, changed_by, may):
    assert (refusal(by, risky, asked_by, changed_by) == "") == may


def test_what_has_ended_moves_no_more_and_every_state_can_be_reached():
    assert {state for state, after in MOVES.items() if not after} == {
        *("rejected", "expired", "failed", "unknown", "worked", "no_effect"),
    }
    assert {after for all_after in MOVES.values() for after in all_after} == set(MOVES) - {"suggested"}
