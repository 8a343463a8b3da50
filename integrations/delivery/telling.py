"""A claimed notice is told, and what came of it is written down."""

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from alerts.event import alert_event, iso
from alerts.models import Transition
from integrations.delivery import circuits
from integrations.delivery.claims import Claim, rest
from integrations.destinations import KINDS
from integrations.destinations.kind import Notice, Passing, Permanent, Receipt, Told
from integrations.models import Attempt, Delivery, Member, Thread
from integrations.routes.timing import backoff, due
from integrations.sealed import Unsealable

log = logging.getLogger(__name__)

MOST_TRIES = 200  # of one notice
MOST_TOLD = 100  # transitions of one alert in a notice, the last ones
WORDS = 500


class Outcome(NamedTuple):
    """``name``: told, passing or permanent."""

    name: str
    words: str
    at: datetime
    seconds: float = 0.0
    receipt: Receipt | None = None
    retry_after: float | None = None


def notice_of(claim: Claim) -> Notice:
    return Notice(
        key=claim.notice,
        thread=str(claim.thread.pk),
        group=claim.thread.group,
        alerts=alerts_of(claim),
        site=settings.SITE_URL,
        reference=claim.thread.reference,
        destination=claim.destination.slug,
    )


def alerts_of(claim: Claim) -> list[Told]:
    """Each alert once, with what happened since it was told last, up to the newest that is to be told."""
    last = {one.alert_id: one for one in claim.deliveries}
    members = Member.objects.filter(destination=claim.destination, alert__in=list(last))
    since = dict(members.values_list("alert", "seq"))
    return [
        Told(alert_event(one.alert), happened(one, min(since.get(one.alert_id, one.seq - 1), one.seq - 1)))
        for one in last.values()
    ]


def happened(last: Delivery, since: int) -> list[dict[str, Any]]:
    rows = Transition.objects.filter(alert=last.alert_id, seq__gt=since, seq__lte=last.seq, muted_by="")
    return [
        {"kind": row.kind, "at": iso(row.at), "by": row.by, "reason": row.reason, "data": row.data, "seq": row.seq}
        for row in reversed(rows.order_by("-seq")[:MOST_TOLD])
    ]


def tell(claim: Claim, notice: Notice, now: datetime) -> Outcome:
    """Whatever the kind may raise becomes an outcome."""
    began = time.monotonic()
    secrets: list[str] = []
    name, words, receipt, after = "told", "", None, None
    try:
        opened = claim.destination.opened()
        secrets = [str(opened[name]) for name in claim.destination.sealed]
        receipt = KINDS[claim.destination.kind].tell(opened, notice)
        words = receipt.answer
    except Passing as error:
        name, words, after = "passing", str(error), error.retry_after
    except (Permanent, Unsealable) as error:
        name, words = "permanent", str(error)
    except Exception as error:  # a kind's own mistake must not end the notifier; it is tried again like any failure
        log.exception("%s could not be told", claim.destination.slug)
        name, words = "passing", type(error).__name__
    return Outcome(name, without(secrets, words)[:WORDS], now, time.monotonic() - began, receipt, after)


def without(secrets: list[str], words: str) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        words = words.replace(secret, "[redacted]")
    return words


def settle(claim: Claim, outcome: Outcome, now: datetime) -> bool:
    """Whether the claim was still ours; if not, who has it now tells the notice again, under the same key."""
    with transaction.atomic():
        thread = Thread.objects.select_for_update(of=("self",)).filter(pk=claim.thread.pk, claim=claim.token).first()
        there = Delivery.objects.filter(pk__in=[one.pk for one in claim.deliveries])  # an alert may have been pruned
        Attempt.objects.bulk_create(
            Attempt(
                delivery_id=pk,
                notice=claim.notice,
                at=outcome.at,
                seconds=outcome.seconds,
                outcome=outcome.name,
                words=outcome.words,
            )
            for pk in there.values_list("pk", flat=True)
        )
        if thread is not None:
            settled(thread, outcome, now)
            thread.claim = thread.leased_until = None
            thread.save()
    if outcome.name == "passing":
        circuits.failed(claim.destination, outcome.words, now)
    else:
        circuits.answered(claim.destination, now)
    return thread is not None


def settled(thread: Thread, outcome: Outcome, now: datetime) -> None:
    if outcome.name == "passing" and not hopeless(thread, now):
        thread.tries += 1
        thread.failing_since = thread.failing_since or now
        thread.due_at = now + backoff(thread.tries, outcome.retry_after)
        return
    state = "told" if outcome.name == "told" else "given_up"
    notice = thread.deliveries.filter(notice=thread.notice, state="waiting")
    if state == "told":
        reached(thread, dict(notice.order_by("seq").values_list("alert", "seq")))
        thread.told_at = now
    if outcome.receipt and outcome.receipt.reference is not None:
        thread.reference = dict(outcome.receipt.reference)
    notice.update(state=state, settled_at=now)
    thread.notice, thread.tries, thread.failing_since = "", 0, None
    if rest(thread, now):
        thread.due_at = due(thread.times(), now, thread.begun_at, thread.told_at)


def reached(thread: Thread, told: Mapping[UUID, int]) -> None:
    """Up to which transition each alert was told."""
    members = [one for one in thread.members.filter(alert__in=list(told)) if one.seq < told[one.alert_id]]
    for member in members:
        member.seq = told[member.alert_id]
    Member.objects.bulk_update(members, ["seq"])


def hopeless(thread: Thread, now: datetime) -> bool:
    """Tried so often, or for so long, that it is given up."""
    patience = timedelta(hours=settings.GIVE_UP_HOURS)
    long = thread.failing_since is not None and now - thread.failing_since > patience
    return long or thread.tries + 1 >= MOST_TRIES
