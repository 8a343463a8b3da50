"""prune: what is old goes, what is not stays, on either database; twice is as good as once."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from alerts.models import Alert, Counter, Rule, RuleWindow, Transition
from ingest.models import DeadLetter, PipelineStat
from search import partitions, retention, store
from search.models import RawLog, StoredMetricPoint, StoredSpan
from telemetry.records import LogRecord, MetricPoint, Span

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)


@pytest.fixture
def now():
    return timezone.now()


def prune() -> str:
    out = io.StringIO()
    call_command("prune", stdout=out)
    return out.getvalue()


def keep(moments):
    """A log, a span and a metric point that came at each of these moments."""
    ages = [(f"r{number:06d}", int(at.timestamp()) * 10**9) for number, at in enumerate(moments)]
    shared: list[dict[str, Any]] = [
        {"id": name, "timestamp": at, "received_at": at, "service": "a"} for name, at in ages
    ]
    store.save(
        [LogRecord(level="info", message="x", trace_id="f" * 32, **given) for given in shared],
        [Span(name="x", trace_id="f" * 32, span_id="1" * 16, duration_ns=1, **given) for given in shared],
        [MetricPoint(name="x", kind="gauge", **given) for given in shared],
    )


def counts():
    return [model.objects.count() for model in (RawLog, StoredSpan, StoredMetricPoint)]


def alert(now, days, status="resolved", fingerprint="f"):
    at = now - timedelta(days=days)
    return Alert.objects.create(
        fingerprint=fingerprint, rule_slug="gone", rule_version=1, issue_code="X", severity="error", message="x",
        status=status, first_seen=at, last_seen=at, created_at=at, resolved_at=at if status == "resolved" else None,
    )  # fmt: skip


def test_records_go_when_they_came_too_long_ago_and_each_signal_has_its_days(now, settings):
    settings.RECORD_DAYS = {"raw_logs": 7, "spans": 3, "metric_points": 30}
    keep(sorted(now - timedelta(days=days, hours=1) for days in (0, 1, 5, 9, 20, 40)))
    said = prune()
    assert "raw_logs" in said
    assert counts() == [3, 2, 5]
    assert "raw_logs" not in prune()
    assert counts() == [3, 2, 5]


def test_a_record_of_long_ago_that_came_today_stays(now):
    at = int(now.timestamp()) * 10**9
    old = LogRecord(id="a", timestamp=0, received_at=at, service="a", level="info", message="x")
    store.save([old], [], [])
    prune()
    assert RawLog.objects.count() == 1


def test_many_go_in_small_steps(now, monkeypatch):
    monkeypatch.setattr(retention, "ROWS", 10)
    keep([now - timedelta(days=20)] * 35 + [now] * 3)
    assert "35 rows of raw_logs" in prune()
    assert counts() == [3, 3, 3]


def test_an_old_row_behind_a_young_one_is_not_forgotten(now, settings):
    keep([now - timedelta(days=5), now - timedelta(days=20), now])
    settings.RECORD_DAYS = dict.fromkeys(settings.RECORD_DAYS, 1)
    prune()
    prune()
    assert counts() == [1, 1, 1]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only Postgres has partitions")
def test_old_partitions_are_dropped_and_those_of_days_within_stay(now):
    today = now.date()
    days = {age: today - timedelta(days=age) for age in (9, 8, 7)}
    with partitions.short_lock() as cursor:
        for day in days.values():
            partitions.make(cursor, "spans", day)
    keep([now - timedelta(days=age) for age in days])
    said = prune()
    assert f"removed partition {partitions.name('spans', days[8])}" in said
    with connection.cursor() as cursor:
        assert min(partitions.existing(cursor, "spans").values()) == days[7]
    assert StoredSpan.objects.count() == 1
    partitions.drop_before("spans", today)


def test_dead_letters_statistics_and_sessions_go(now):
    for name, days in (("old", 40), ("new", 1)):
        at = now - timedelta(days=days)
        DeadLetter.objects.create(id=name, reason="malformed", error="", payload="", received_at=at)
        DeadLetter.objects.filter(id=name).update(created_at=at)
        PipelineStat.objects.create(slot=at, name=name)
        Session.objects.create(session_key=name, session_data="", expire_date=at + timedelta(days=14))
    prune()
    for model in (DeadLetter, PipelineStat, Session):
        assert model.objects.count() == 1, model
    assert DeadLetter.objects.get().id == "new"


def test_an_alert_goes_with_its_history_long_after_it_was_resolved(now):
    kept, gone, still = alert(now, 300), alert(now, 400), alert(now, 800, "open", "g")
    for seq, each in enumerate((gone, kept, still), 1):
        Transition.objects.create(seq=seq, alert=each, kind="opened", at=now)
    Alert.objects.filter(pk=kept.pk).update(previous=gone)
    Counter.objects.create(name="transitions", value=3)
    assert "1 resolved alerts" in prune()
    assert set(Alert.objects.values_list("pk", "previous")) == {(kept.pk, None), (still.pk, None)}
    assert set(Transition.objects.values_list("seq", flat=True)) == {2, 3}
    assert Counter.current("transitions") == 3


def test_windows_go_with_their_rule_and_their_last_alert(now):
    Rule(slug="here", name="Here", query="level:error").save()
    for name, slug in (("a", "here"), ("b", "gone"), ("f", "gone")):
        RuleWindow.objects.create(fingerprint=name, rule_slug=slug, axis="logs.event", state="{}")
    alert(now, 1)
    prune()
    assert set(RuleWindow.objects.values_list("fingerprint", flat=True)) == {"a", "f"}


def daily_index(cluster, days):
    name = f"stacklens-logs-{timezone.now() - timedelta(days=days):%Y.%m.%d}"
    cluster.indices.create(index=name)
    return name


def test_old_indices_go_where_the_cluster_does_not_drop_them_itself(cluster, elasticsearch, settings):
    settings.ELASTICSEARCH_URL = elasticsearch.url
    old, kept = daily_index(cluster, 8), daily_index(cluster, 7)
    assert f"removed index {old}" in prune()
    assert list(cluster.indices.get(index="stacklens-*")) == [kept]
    assert "index" not in prune()


def test_an_elasticsearch_that_is_away_keeps_nothing_else(now, settings, connect, capsys):
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"
    connect(settings.ELASTICSEARCH_URL)
    keep([now - timedelta(days=20)])
    assert "raw_logs" in prune()
    assert counts() == [0, 0, 0]
    assert "old indices stay until the next time" in capsys.readouterr().err
