"""What an alert's page and the API show of its action: the exact call, what became of it, and who may do what."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.template.loader import render_to_string

from alerts.event import alert_event
from alerts.models import Alert
from integrations.automation.calls import call_of, hash_of, in_words
from integrations.automation.policy import PENDING, refusal
from integrations.automation.runs import changed, runs_of
from integrations.models import Action, ActionRun

LAST = 10


def automation(alert: Alert) -> dict[str, Any] | None:
    """None where the alert names no action that is set up."""
    action = Action.objects.filter(name=alert.automation_action).first() if alert.automation_action else None
    if action is None:
        return None
    runs = list(runs_of(action, alert).select_related("action", "alert")[:LAST])
    last = runs[0] if runs else None
    # the call that is waiting to be made, else the one that would be made now
    kept = last if last and last.state in PENDING and not changed(last) else None
    call = kept.call if kept else call_of(action.spec(), alert_event(alert))
    return {
        "action": action.name,
        "description": action.description,
        "enabled": action.enabled,
        "mode": action.mode,
        "risky": action.risky,
        "call": in_words(call),
        "call_hash": hash_of(call),
        "runs": [run_event(run) for run in runs],
    }


def run_event(run: ActionRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "action": run.action.name,
        "alert": run.alert_id,
        "state": run.state,
        "call": in_words(run.call),
        "call_hash": run.call_hash,
        "asked_by": run.asked_by,
        "approved_by": run.approved_by or None,
        "by_itself": run.by_itself,
        "words": run.words,
        "tries": run.tries,
        "created_at": run.created_at,
        "expires_at": run.expires_at,
        "ended_at": run.ended_at,
    }


def section(request: HttpRequest, alert: Alert) -> str:
    """For the alert's page; empty where there is nothing to be shown."""
    found = automation(alert)
    if found is None:
        return ""
    action = Action.objects.get(name=found["action"])
    last = found["runs"][0] if found["runs"] else None
    state = last["state"] if last else ""
    may = found["enabled"] and alert.status != "resolved" and request.user.has_perm("integrations.approve_actionrun")
    waits = may and state == "waiting"
    context = {
        **found,
        "alert": alert,
        "last": last,
        "may_ask": may and (state == "suggested" or state not in PENDING),
        "may_approve": waits and not why_not(request.user, action, last),
        "may_reject": may and state in ("suggested", "waiting"),
        "why_not": why_not(request.user, action, last) if waits else "",
    }
    return render_to_string("integrations/automation.html", context, request)


def why_not(user: AbstractBaseUser | AnonymousUser, action: Action, run: dict[str, Any] | None) -> str:
    return refusal(user.get_username(), action.risky, run["asked_by"] if run else "", action.changed_by)
