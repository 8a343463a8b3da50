"""A replay in the background: one thread plays, another says how far it is and hears when it is to stop.

Two threads, because SQLite lets no connection write that is reading through an older state of the file. Jobs are kept
for a day.
"""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.utils import timezone

from alerts.models import ReplayJob, Rule
from alerts.rehearsal import Rehearsal, rehearse

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.4
SILENT = timedelta(seconds=20)  # without a beat the process is taken for dead
KEPT = timedelta(days=1)
AT_ONCE = 2


class TooMany(Exception):
    """As many replays go on as may."""


class Progress:
    """Shared by the two threads."""

    def __init__(self) -> None:
        self.done = self.total = 0
        self.stop = threading.Event()

    def watch(self, done: int, total: int) -> bool:
        self.done, self.total = done, total
        return not self.stop.is_set()


def start(rule: Rule, draft: Rule | None, since: datetime, until: datetime | None, by: str) -> ReplayJob:
    """Raises TooMany."""
    now = timezone.now()
    ReplayJob.objects.filter(created_at__lt=now - KEPT).delete()
    if ReplayJob.objects.filter(state="running", beat_at__gt=now - SILENT).count() >= AT_ONCE:
        raise TooMany(f"{AT_ONCE} replays go on already")
    job = ReplayJob.objects.create(rule_slug=rule.slug, since=since, until=until, by=by)
    threading.Thread(target=run, args=(job.pk, rule, draft, since, until), name="replay", daemon=True).start()
    return job


def look(job_id: Any) -> ReplayJob | None:
    """The job as it stands; one whose process is gone has failed."""
    job = ReplayJob.objects.filter(pk=job_id).first()
    if job and job.state == "running" and timezone.now() - job.beat_at > SILENT:
        job.state, job.error = "failed", "the process that played it has ended"
    return job


def stop(job_id: Any) -> None:
    ReplayJob.objects.filter(pk=job_id, state="running").update(stop=True)


def run(job_id: Any, rule: Rule, draft: Rule | None, since: datetime, until: datetime | None) -> None:
    progress = Progress()
    rows = ReplayJob.objects.filter(pk=job_id)
    try:
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(play, rule, draft, since, until, progress)
            while not ended(future):
                rows.update(done=progress.done, total=progress.total, beat_at=timezone.now())
                if not rows.filter(stop=False).exists():
                    progress.stop.set()
        rows.update(done=progress.done, total=progress.total, **outcome(rule, future.result()))
    except Exception as error:
        log.exception("replay of %s failed", rule.slug)
        progress.stop.set()
        rows.update(state="failed", error=f"{type(error).__name__} in our own code")
    finally:
        connections.close_all()


def ended(future: "Future[Rehearsal]") -> bool:
    try:
        future.exception(BEAT_SECONDS)
    except NotYet:
        return False
    return True


def play(rule: Rule, draft: Rule | None, since: datetime, until: datetime | None, progress: Progress) -> Rehearsal:
    try:
        return rehearse(rule, draft, since, until, progress.watch)
    finally:
        connections.close_all()


def outcome(rule: Rule, rehearsal: Rehearsal) -> dict[str, Any]:
    from alerts.api.replay_shapes import replay_json

    return {"state": "done" if rehearsal.complete else "stopped", "result": replay_json(rule, rehearsal)}
