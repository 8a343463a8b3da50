"""Whether an action may run by itself, and who may approve it. Pure."""

from typing import NamedTuple

MODES = ("suggest", "approve", "run")
# which state may follow which; the way back from running is for a call that is tried again
MOVES: dict[str, tuple[str, ...]] = {
    "suggested": ("waiting", "approved", "rejected", "expired"),
    "waiting": ("approved", "rejected", "expired"),
    "approved": ("running", "failed", "expired"),
    "running": ("ran", "failed", "unknown", "approved"),
    "ran": ("worked", "no_effect"),
    **dict.fromkeys(("rejected", "expired", "failed", "unknown", "worked", "no_effect"), ()),
}
STATES = tuple(MOVES)
PENDING = ("suggested", "waiting", "approved", "running")


class Decision(NamedTuple):
    state: str
    why: str


def decide(mode: str, risky: bool, confidence: float, enough: float, ran: int, most: int) -> Decision:
    """How a new run begins. ``ran``: how many ran by themselves in the last hour, of ``most``."""
    if mode == "suggest":
        return Decision("suggested", "")
    if mode == "approve":
        return Decision("waiting", "")
    if risky:
        return Decision("waiting", "it is risky")
    if confidence < enough:
        return Decision("waiting", f"the confidence {confidence:g} is below {enough:g}")
    if ran >= most:
        return Decision("waiting", f"{ran} of {most} ran by themselves in the last hour")
    return Decision("approved", f"confidence {confidence:g}, {ran + 1} of {most} in the last hour")


def refusal(by: str, risky: bool, asked_by: str, changed_by: str) -> str:
    """Why this person may not approve it; empty if they may."""
    if not risky:
        return ""
    if by == asked_by:
        return "the action is risky: somebody else than who asked for it must approve it"
    if by == changed_by:
        return "the action is risky: somebody else than who changed it last must approve it"
    return ""


def may_follow(before: str, after: str) -> bool:
    return after in MOVES[before]
