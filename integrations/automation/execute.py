"""Approved calls are made: what is about to be done is kept before it is done, and a repeat has the same key.

Where the outcome isn't known, because the notifier was killed or nobody answered, only an action that is idempotent is
called again. Any other is not: its run ends as unknown, for a person to look.
"""

import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from alerts.matching import meets
from integrations.automation.calls import hash_of
from integrations.automation.runs import AT_ONCE, changed, locked, move
from integrations.destinations.kind import Passing, Permanent
from integrations.destinations.webhook import post
from integrations.models import ActionRun
from integrations.sealed import Unsealable

COMMAND_SECONDS = 60
LEASE = timedelta(seconds=COMMAND_SECONDS + 30)
TRIES = 5
SAID = 1000  # characters of an outcome


class Unfinished(Exception):
    """It was begun and ended by us, who knows how far it got."""


def step(now: datetime) -> bool:
    """Make the next call that is due; whether there was one."""
    run = claim(now)
    if run is None:
        return False
    try:
        outcome, words, wait = ("ran", perform(run), None)
    except Passing as passing:
        surely = run.action.idempotent or passing.undone
        outcome, words, wait = "passing" if surely else "unknown", str(passing), passing.retry_after
    except Unfinished as unfinished:
        outcome, words, wait = "unknown", str(unfinished), None
    except (Permanent, Unsealable) as failed:
        outcome, words, wait = "failed", str(failed), None
    settle(run, outcome, words[:SAID], wait, timezone.now())
    return True


def claim(now: datetime) -> ActionRun | None:
    """The next one, as running; what may not run any more ends here."""
    due = Q(state="approved", expires_at__gt=now) | Q(state="running")
    for pk in ActionRun.objects.filter(due, due_at__lte=now).order_by("due_at").values_list("pk", flat=True)[:AT_ONCE]:
        with transaction.atomic():
            run = locked(pk)
            if run.state not in ("approved", "running") or run.due_at is None or run.due_at > now:
                continue
            if why := refused(run):
                move(run, "unknown" if run.state == "running" else "failed", "system", why, {"ended_at": now})
                continue
            fields = {"state": "running", "tries": run.tries + 1, "due_at": now + LEASE}
            ActionRun.objects.filter(pk=pk).update(**fields)
            run.refresh_from_db()
            return run
    return None


def refused(run: ActionRun) -> str:
    """Why a call that was approved is not made after all, or not again; empty if it is."""
    why = ""
    if not run.action.enabled:
        why = "the action was switched off"
    elif run.approved_hash != run.call_hash or changed(run):
        why = "the call has changed since it was approved"
    if run.state == "running" and (why or not run.action.idempotent or run.tries >= TRIES):
        return "the notifier ended while it ran"
    return why


def perform(run: ActionRun) -> str:
    """Raises Passing, Permanent, Unfinished, Unsealable."""
    if hash_of(run.call) != run.approved_hash:
        raise Permanent("the call has changed since it was approved")
    if "command" in run.call:
        return command(run.call["command"])
    return webhook(run)


def webhook(run: ActionRun) -> str:
    body = msgspec.json.encode(run.call["body"] | {"key": run.pk.hex})
    answer = post({"url": run.call["url"], "secret": run.action.secret()}, run.pk.hex, body, int(time.time()))
    return f"answered {answer.status}"


def command(words: list[str]) -> str:
    """In a process of its own, without a shell."""
    if words[0] not in settings.AUTOMATION_COMMANDS:
        raise Permanent(f"{words[0]} is not in STACKLENS_AUTOMATION_COMMANDS")
    program = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    try:
        done = subprocess.run(  # noqa: S603 - of the list in the settings, and no shell reads its arguments
            program, capture_output=True, text=True, errors="replace", timeout=COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unfinished(f"it was ended, as it took more than {COMMAND_SECONDS} s") from None
    said = " ".join((done.stdout or done.stderr).split())
    if done.returncode:
        raise Permanent(f"exit code {done.returncode}: {' '.join(done.stderr.split())[-SAID:] or said}")
    return said or "done"


def settle(run: ActionRun, outcome: str, words: str, wait: float | None, now: datetime) -> None:
    with transaction.atomic():
        mine = locked(run.pk)
        if (mine.state, mine.tries) != (run.state, run.tries):
            return  # the lease was over, and another has taken it on
        if outcome == "passing" and run.tries < TRIES:
            again = now + timedelta(seconds=max(wait or 0, 2**run.tries))
            longer = max(run.expires_at, again + LEASE)  # it was approved in time; what passes doesn't use that up
            move(mine, "approved", "system", words, {"due_at": again, "expires_at": longer}, told=False)
        elif outcome == "ran":
            until = now + timedelta(minutes=run.action.check_minutes) if run.action.check_minutes else None
            move(mine, "ran", "system", words, {"due_at": until, "ended_at": None if until else now})
        else:
            move(mine, "unknown" if outcome == "unknown" else "failed", "system", words, {"ended_at": now})


def look_after(now: datetime) -> int:
    """Whether what ran had its effect: what must be true of the alert is, or the time for it is over."""
    waiting: Any = ActionRun.objects.filter(state="ran", due_at__isnull=False)
    settled = 0
    for run in waiting.select_related("action", "alert__assignee").order_by("due_at")[:AT_ONCE]:
        holds = meets(run.action.check_query)(run.alert)
        if holds or run.due_at <= now:
            settled += effect(run.pk, holds, now)
    return settled


def effect(run_id: UUID, holds: bool, now: datetime) -> bool:
    with transaction.atomic():
        run = locked(run_id)
        if run.state != "ran" or run.due_at is None:
            return False
        said = f"{run.action.check_query} {'holds' if holds else 'does not hold'}"
        move(run, "worked" if holds else "no_effect", "system", said, {"due_at": None, "ended_at": now})
        return True
