"""Runs begin and move on: each step is a compare-and-set of a run's state, with a transition of the alert beside it."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from alerts import lifecycle
from alerts.event import alert_event
from alerts.models import Alert
from integrations.automation.calls import call_of, hash_of
from integrations.automation.policy import PENDING, Decision, decide, may_follow, refusal
from integrations.models import Action, ActionRun

AT_ONCE = 50
HOUR = timedelta(hours=1)
UNDECIDED = ("suggested", "waiting", "approved")
# how each state is told of in the alert's history; what is not here is not told
TOLD = {
    "suggested": "action_suggested",
    "waiting": "action_asked",
    "approved": "action_approved",
    "rejected": "action_rejected",
    "expired": "action_expired",
    "ran": "action_ran",
    "failed": "action_failed",
    "unknown": "action_unknown",
    "worked": "action_worked",
    "no_effect": "action_no_effect",
}


class Conflict(Exception):
    """The run is no longer in the state for it, or its call is another; the message says which."""


class NotYours(Exception):
    """Somebody else must approve it; the message says why."""


def plan(now: datetime) -> int:
    """Begin a run for each alert that fires, isn't muted, and whose action has none for its episode yet."""
    actions = {action.name: action for action in Action.objects.filter(enabled=True)}
    if not actions:
        return 0
    begun = ActionRun.objects.filter(
        action__name=OuterRef("automation_action"), alert=OuterRef("pk"), episode=OuterRef("episode")
    )
    firing = Alert.objects.filter(status="open", muted_by="", automation_action__in=list(actions))
    waiting = firing.exclude(Exists(begun)).select_related("assignee").order_by("created_at")[:AT_ONCE]
    return sum(begin(actions[alert.automation_action], alert, now) is not None for alert in waiting)


def begin(action: Action, alert: Alert, now: datetime) -> ActionRun | None:
    """None where another was faster."""
    try:
        with transaction.atomic():
            # one at a time for each action, so that two don't both find room in the hour
            action = Action.objects.select_for_update().get(pk=action.pk)
            recent = ActionRun.objects.filter(action=action, by_itself=True, created_at__gt=now - HOUR).count()
            how = decide(action.mode, action.risky, alert.confidence, action.min_confidence, recent, action.per_hour)
            return made(action, alert, how, now, "system", 1)
    except IntegrityError:
        return None


def made(action: Action, alert: Alert, how: Decision, now: datetime, by: str, turn: int) -> ActionRun:
    facts = msgspec.to_builtins(alert_event(alert))
    call = call_of(action.spec(), facts)
    approved = how.state == "approved"
    run = ActionRun.objects.create(
        action=action,
        alert=alert,
        episode=alert.episode,
        turn=turn,
        state=how.state,
        facts=facts,
        call=call,
        call_hash=hash_of(call),
        approved_hash=hash_of(call) if approved else "",
        approved_by=by if approved and by != "system" else "",
        by_itself=approved and by == "system",
        asked_by=by,
        words=how.why,
        created_at=now,
        expires_at=now + timedelta(minutes=action.expires_minutes),
        due_at=now if approved else None,
    )
    tell(run, by, how.why)
    return run


def ask(action: Action, alert: Alert, by: str, call_hash: str, now: datetime) -> ActionRun:
    """A person wants it run: at once, or if it is risky once somebody else approves. ``call_hash``: of the call that
    they have seen. Raises Conflict."""
    with transaction.atomic():
        action = Action.objects.select_for_update().get(pk=action.pk)
        last = runs_of(action, alert).select_related("action", "alert").first()
        if not action.enabled:
            raise Conflict("the action is switched off")
        if alert.status == "resolved":
            raise Conflict("the alert is resolved")
        if last and last.state in PENDING and last.state != "suggested":
            raise Conflict(f"it is {last.state} already")
        if call_hash != seen(action, alert, last):
            raise Conflict("the call is not the one that you have seen")
        state = "waiting" if action.risky else "approved"
        if last is None or last.state != "suggested":
            return made(action, alert, Decision(state, ""), now, by, last.turn + 1 if last else 1)
        until = now + timedelta(minutes=action.expires_minutes)
        approval = {"approved_by": by, "approved_hash": call_hash, "due_at": now} if state == "approved" else {}
        return move(last, state, by, "", {"asked_by": by, "expires_at": until, **approval})


def seen(action: Action, alert: Alert, last: ActionRun | None) -> str:
    """The hash of the call that a person is shown: of the one that is suggested, else of the one made up now."""
    if last and last.state == "suggested" and not changed(last):
        return last.call_hash
    return hash_of(call_of(action.spec(), alert_event(alert)))


def approve(run_id: uuid.UUID, by: str, call_hash: str, now: datetime) -> ActionRun:
    """``call_hash``: of the call that they have seen. Raises Conflict, NotYours."""
    with transaction.atomic():
        run = locked(run_id)
        if run.state != "waiting":
            raise Conflict(f"it is {run.state}")
        if run.expires_at <= now:
            raise Conflict("the time for it is over")
        if why := refusal(by, run.action.risky, run.asked_by, run.action.changed_by):
            raise NotYours(why)
        if call_hash != run.call_hash or changed(run):
            raise Conflict("the call is not the one that you have seen")
        return move(run, "approved", by, "", {"approved_by": by, "approved_hash": call_hash, "due_at": now})


def reject(run_id: uuid.UUID, by: str, reason: str, now: datetime) -> ActionRun:
    with transaction.atomic():
        run = locked(run_id)
        if run.state not in ("suggested", "waiting"):
            raise Conflict(f"it is {run.state}")
        return move(run, "rejected", by, reason, {"ended_at": now})


def expire(now: datetime) -> int:
    """What nobody decided in time, and what is of no use any more."""
    undecided = ActionRun.objects.filter(state__in=UNDECIDED)
    over = Q(expires_at__lte=now) & ~Q(state="suggested")
    late = undecided.filter(over | Q(alert__status="resolved") | ~Q(alert__episode=F("episode")))
    return sum(end(pk, now) for pk in list(late.values_list("pk", flat=True)[:AT_ONCE]))


def end(run_id: uuid.UUID, now: datetime) -> bool:
    with transaction.atomic():
        run = locked(run_id)
        if run.state not in UNDECIDED:
            return False
        over = run.alert.status == "resolved" or run.alert.episode != run.episode
        why = (
            "the alert is over" if over else "nobody decided in time" if run.state == "waiting" else "it came too late"
        )
        move(run, "expired", "system", why, {"ended_at": now}, told=run.state != "suggested")
        return True


def changed(run: ActionRun) -> bool:
    """Whether the action would now make another call than the one that is kept."""
    return hash_of(call_of(run.action.spec(), run.facts)) != run.call_hash or hash_of(run.call) != run.call_hash


def runs_of(action: Action, alert: Alert) -> "QuerySet[ActionRun]":
    """Of the alert's present episode, the last one first."""
    return ActionRun.objects.filter(action=action, alert=alert, episode=alert.episode).order_by("-turn")


def locked(run_id: uuid.UUID) -> ActionRun:
    rows = ActionRun.objects.select_related("action", "alert").select_for_update(of=("self",))
    return rows.get(pk=run_id)


def move(
    run: ActionRun,
    state: str,
    by: str,
    words: str,
    sets: Mapping[str, Any] | None = None,
    told: bool = True,
) -> ActionRun:
    """Of a run that is locked, in the transaction that locked it; its last statements. Raises Conflict."""
    if not may_follow(run.state, state):
        raise Conflict(f"it is {run.state}")
    moved = ActionRun.objects.filter(pk=run.pk, state=run.state).update(state=state, words=words, **(sets or {}))
    if not moved:
        raise Conflict("somebody was faster")
    run.refresh_from_db()
    if told:
        tell(run, by, words)
    return run


def tell(run: ActionRun, by: str, words: str) -> None:
    kind = TOLD.get(run.state)
    if kind is None:
        return
    data: Mapping[str, Any] = {"action": run.action.name, "run": str(run.pk), "call_hash": run.call_hash}
    lifecycle.note(run.alert, kind, f"{run.pk}:{run.tries}", by, words, dict(data))
