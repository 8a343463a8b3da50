"""What is to be done to a ticket when something happened to its alert: pure, from what is known of both."""

from collections.abc import Set
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from integrations.destinations.kind import Settings

RETURNED = {"opened", "reopened", "unmuted"}
ASKED = "asked"  # by a person, for a ticket
AGAIN = {"repeated", "reminded", "merged"}
WONT_DO = ("won't do", "won't fix", "declined", "duplicate", "cannot reproduce", "rejected")

Step = Literal["create", "succeed", "reopen", "refresh", "again", "back", "worse", "recovered", "close"]


class Policy(NamedTuple):
    comment_every: timedelta = timedelta(hours=1)
    on_recovered: str = "comment"
    reopen_within: timedelta = timedelta(days=7)
    wont_do: frozenset[str] = frozenset(WONT_DO)


class State(NamedTuple):
    """What is known of the ticket; ``resolved_at``: when it was done."""

    exists: bool
    done: bool = False
    resolution: str = ""
    resolved_at: datetime | None = None
    commented_at: datetime | None = None
    gone: bool = False


def policy(settings: Settings) -> Policy:
    wont = [name.casefold() for name in settings.get("wont_do") or WONT_DO]
    return Policy(
        timedelta(minutes=float(settings.get("comment_minutes") or 60)),
        str(settings.get("on_recovered") or "comment"),
        timedelta(days=float(settings.get("reopen_days") or 7)),
        frozenset(wont),
    )


def steps(kinds: Set[str], firing: bool, state: State, how: Policy, now: datetime) -> list[Step]:
    """In their order. Empty for most repeats: then the site isn't asked anything."""
    if not state.exists:
        return ["create"] if firing else []
    if state.done or state.gone:
        return returned(state, how, now) if firing and kinds & {*RETURNED, ASKED} else []
    if not firing:
        if "resolved" not in kinds or how.on_recovered == "nothing":
            return []
        return ["recovered", "close"] if how.on_recovered == "transition" else ["recovered"]
    if "escalated" in kinds:
        return ["refresh", "worse"]
    if kinds & RETURNED:
        return ["refresh", "back"]
    if kinds & AGAIN and (state.commented_at is None or state.commented_at + how.comment_every <= now):
        return ["refresh", "again"]
    return []


def returned(state: State, how: Policy, now: datetime) -> list[Step]:
    """The problem is back and its ticket is done with: open it again, or make the next one, or let it rest."""
    if state.gone:
        return ["succeed"]
    if state.resolution.casefold() in how.wont_do:
        return []
    if state.resolved_at is None or state.resolved_at + how.reopen_within >= now:
        return ["reopen", "refresh", "back"]
    return ["succeed"]
