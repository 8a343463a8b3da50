"""Removes what is older than the settings keep it, and makes the coming days' partitions. Safe at any time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import BaseCommand
from django.db.models import Exists, OuterRef
from django.utils import timezone

from alerts.models import Alert, NewAlerts, ReplayJob, Rule, RuleWindow, Silence
from ingest.models import DataGap, DeadLetter, PipelineStat
from integrations.models import Delivery, Thread
from search import partitions
from search.retention import remove, remove_before


class Command(BaseCommand):
    help = "Remove what is older than STACKLENS_RETENTION_DAYS and its kin say, in small steps."
    requires_system_checks: list[str] = []  # nothing of theirs is used

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        for made in partitions.make_ahead(now.date()):
            self.stdout.write(f"made partition {made}")
        for removed in everything_old(now):
            self.stdout.write(f"removed {removed}")
        if settings.ELASTICSEARCH_URL:
            self.drop_indices()

    def drop_indices(self) -> None:
        """Last, and no reason to fail: what can't be dropped now goes the next time."""
        from elasticsearch import ApiError, TransportError  # costs a second to load, so only where it is used

        from search import indices

        try:
            for index in [] if indices.drops_by_itself() else indices.drop_older_than(settings.RETENTION_DAYS):
                self.stdout.write(f"removed index {index}")
        except (ApiError, TransportError) as error:
            self.stderr.write(f"Elasticsearch: old indices stay until the next time: {error}")


def everything_old(now: datetime) -> Iterator[str]:
    """Removes it, and says what it was."""

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    for table, days in settings.RECORD_DAYS.items():
        yield from remove_before(table, before(days))
    yield from remove("dead letters", old_letters(before(settings.DEAD_LETTER_DAYS)))
    yield from remove("statistics", PipelineStat.objects.filter(slot__lt=before(settings.STAT_DAYS)))
    resolved = Alert.objects.filter(status="resolved", resolved_at__lt=before(settings.ALERT_DAYS))
    yield from remove("resolved alerts", resolved)
    yield from remove("silences that ended", Silence.objects.filter(ends_at__lt=before(settings.ALERT_DAYS)))
    yield from remove("counts of new alerts", NewAlerts.objects.filter(minute__lt=before(settings.STAT_DAYS)))
    yield from remove("gaps in the data", DataGap.objects.filter(at__lt=before(settings.STAT_DAYS)))
    replays = ReplayJob.objects.exclude(state="running").filter(created_at__lt=before(settings.STAT_DAYS))
    yield from remove("replays that ended", replays)
    yield from remove("windows of rules that are gone", windows_of_no_rule())
    told = Delivery.objects.filter(settled_at__lt=before(settings.DELIVERY_DAYS)).exclude(state="waiting")
    yield from remove("deliveries", told)
    ended = Thread.objects.filter(ended_at__lt=before(settings.DELIVERY_DAYS), deliveries=None)
    yield from remove("groups that were told of", ended)
    yield from remove("changes by people", LogEntry.objects.filter(action_time__lt=before(settings.AUDIT_DAYS)))
    yield from remove("sessions", Session.objects.filter(expire_date__lt=now))


def old_letters(before: datetime) -> Any:
    """Not one that was requeued since: its message may still wait, and counts for nothing without its letter."""
    return DeadLetter.objects.filter(created_at__lt=before).exclude(requeued_at__gte=before, settled_at=None)


def windows_of_no_rule() -> Any:
    """Not while there is an alert of theirs: the window knows by which number the next one is called."""
    alerts = Alert.objects.filter(fingerprint=OuterRef("fingerprint"))
    return RuleWindow.objects.exclude(rule_slug__in=Rule.objects.values("slug")).exclude(Exists(alerts))
