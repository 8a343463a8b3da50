"""Replays as people ask for them: over the API, from the command line, in the admin, in the background."""

import json
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import replay_job
from alerts.history import History
from alerts.models import Alert, ReplayJob, Rule, Transition
from alerts.rehearsal import rehearse
from alerts.replay import SLACK, Lateness
from alerts.rules import RuleSpec
from alerts.rules.frame import SECOND
from alerts.timeline import bars, line
from query import matcher, parse
from search.api.stored import nanoseconds
from search.models import RawLog
from search.narrow import narrow
from search.store import save
from telemetry.records import LogRecord
from tests.query.strategies import queries
from tests.query.strategies import records as random_records

pytestmark = pytest.mark.django_db(transaction=True)
BURST = {"slug": "burst", "name": "Burst", "type": "frequency", "query": "level:error", "group_by": ["service"]}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def stored(count: int = 40, ago: int = 1000) -> None:
    """Errors of a service, a second apart."""
    first = nanoseconds(timezone.now()) - ago * SECOND
    logs = []
    for number in range(count):
        at = first + number * SECOND
        fields = {"service": "cart", "level": "error" if number % 2 else "info", "message": "x"}
        logs.append(LogRecord(id=f"otel-logs-0-{number}-0", timestamp=at, received_at=at, **fields))  # type: ignore[arg-type]
    save(logs, [], [])


@pytest.fixture
def rule() -> Rule:
    rule = Rule(**BURST, config={"threshold": 30, "window": 60})
    rule.save()
    return rule


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return client


def asked(client: Client, **more: object) -> dict[str, Any]:
    body = {"since": (timezone.now() - timedelta(hours=1)).isoformat(), **more}
    answer = client.post("/api/v1/rules/burst/replay/", body, content_type="application/json")
    return {"status": answer.status_code, **answer.json()}


def test_a_draft_is_compared_with_the_rule_as_it_runs_and_nothing_is_written(client, rule):
    stored()
    said = asked(client, draft={"config": {"threshold": 10, "window": 60}})
    assert (said["status"], said["complete"], said["records"], said["running"], said["removed"]) == (
        200,
        True,
        40,
        [],
        [],
    )
    [alert] = said["alerts"]
    assert (alert["group"], alert["count"], alert["status"], alert["rule"]) == (
        {"service": "cart"},
        20,
        "resolved",
        "burst",
    )
    assert (said["added"], said["notifications"]) == ([alert], sum(alert["told"].values()))
    assert said["seconds"] >= 0
    assert not Alert.objects.exists()
    assert not Transition.objects.exists()
    assert Rule.objects.get().config == {"threshold": 30, "window": 60}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"since": "2199-01-01T00:00:00Z"}, "before until"),
        ({"draft": {"query": "level:("}}, "query"),
        ({"draft": {"config": {"threshold": 0}}}, "threshold"),
        ({"draft": {"type": "nothing"}}, "type"),
        ({"until": "soon"}, "until"),
    ],
)
def test_what_cannot_be_played_says_why(client, rule, body, word):
    said = asked(client, **body)
    assert said["status"] == 400
    assert word in json.dumps(said)


def test_a_replay_that_is_stopped_says_that_it_is_not_complete(rule):
    stored()
    played = rehearse(rule, None, timezone.now() - timedelta(hours=1), watch=lambda done, total: False)
    assert (played.complete, played.draft.alerts) == (False, [])


def test_the_command_tells_what_a_draft_adds(rule, tmp_path):
    stored()
    (tmp_path / "draft.json").write_text('{"config": {"threshold": 10, "window": 60}}')
    out, err = StringIO(), StringIO()
    call_command("replay_rule", "burst", since="1h", draft=tmp_path / "draft.json", stdout=out, stderr=err)
    said = out.getvalue()
    assert "added by the draft: 1" in said
    assert "removed by the draft: 0" in said
    assert "service cart" in said
    assert "40 records in" in said
    assert "100%" in err.getvalue()


@pytest.mark.parametrize(
    ("slug", "since", "word"),
    [("nothing", "1h", "no rule"), ("burst", "soon", "not a time"), ("burst", "2199-01-01", "before")],
)
def test_the_command_says_what_is_wrong(rule, slug, since, word):
    with pytest.raises(CommandError, match=word):
        call_command("replay_rule", slug, since=since)


def finished(job: ReplayJob) -> ReplayJob:
    while (found := replay_job.look(job.pk)) and found.state == "running":
        time.sleep(0.05)
    assert found
    return found


def test_a_job_tells_how_far_it_is_and_what_it_found(rule):
    stored()
    job = finished(replay_job.start(rule, None, timezone.now() - timedelta(hours=1), None, "ada"))
    assert (job.state, job.done, job.total, job.error) == ("done", 20, 20, "")
    assert job.result
    assert job.result["records"] == 40


def test_a_job_can_be_stopped(rule, monkeypatch):
    stored()
    play = replay_job.play
    monkeypatch.setattr(replay_job, "play", lambda *given: given[-1].stop.wait(30) and play(*given))
    job = replay_job.start(rule, None, timezone.now() - timedelta(hours=1), None, "ada")
    replay_job.stop(job.pk)
    assert finished(job).state == "stopped"


def test_a_job_whose_process_is_gone_has_failed(rule):
    job = ReplayJob.objects.create(rule_slug="burst", since=NOON, by="ada")
    ReplayJob.objects.update(beat_at=NOON)
    assert replay_job.look(job.pk).state == "failed"  # type: ignore[union-attr]


def test_only_so_many_jobs_go_on_at_once(rule):
    for _ in range(replay_job.AT_ONCE):
        ReplayJob.objects.create(rule_slug="burst", since=NOON, by="ada")
    with pytest.raises(replay_job.TooMany):
        replay_job.start(rule, None, NOON, None, "ada")


def test_the_admin_plays_the_draft_in_the_form(client, rule):
    stored()
    form = {"signal": "logs", "type": "frequency", "query": "level:error", "frequency_threshold": 10, "range": "hour"}
    form |= {"frequency_window": 60, "group_by": "service", "lateness": 30, "rule": rule.pk}
    began = client.post("/admin/alerts/rule/replay/", form)
    assert began.status_code == 202
    url = began.json()["url"]
    while (answer := client.get(url).json())["state"] == "running":
        assert "<progress" in answer["html"]
        time.sleep(0.05)
    assert answer["state"] == "done"
    assert "+1 −0" in answer["html"]
    assert 'aria-label="cart: fired 0 times running, 1 times as the draft"' in answer["html"]


def test_the_admin_says_why_a_draft_cannot_be_played(client, rule):
    answer = client.post("/admin/alerts/rule/replay/", {"type": "frequency", "query": "level:(", "rule": rule.pk})
    assert answer.status_code == 409
    assert "query" in answer.json()["detail"]


# --- the parts ----------------------------------------------------------------------------------------------------


def test_what_is_behind_its_partition_is_late_and_silence_counts():
    clocks = Lateness()
    times = [(100, 100), (90, 101), (103, 103), (101, 120), (119, 121)]
    assert [clocks.behind("p", happened * SECOND, arrived * SECOND) for happened, arrived in times] == [
        *(0, 10 * SECOND, 0),
        120 * SECOND - SLACK - 101 * SECOND,
        0,
    ]


def test_history_comes_in_the_order_of_arrival_and_knows_what_came_late():
    now = nanoseconds(NOON)
    at = [(0, 0), (60, 60), (20, 61), (61, 62)]  # its own time, its arrival
    save(
        [
            LogRecord(id=f"t-0-{number}-0", timestamp=now + happened * SECOND, received_at=now + arrived * SECOND,
                      service="s", level="error", message="m", attrs={"n": number})
            for number, (happened, arrived) in enumerate(at)
        ],
        [], [],
    )  # fmt: skip
    spec = RuleSpec(slug="r", type="frequency", query="level:error", lateness=10)
    history = History("logs", [spec], NOON - timedelta(hours=1), None)
    [chunk] = list(history)
    assert [record.id for record in chunk.records] == [f"t-0-{number}-0" for number in range(4)]
    # after a silence of a minute the clock had gone on
    assert chunk.behind == [0, 0, 40 * SECOND, 0]
    assert [record.timestamp - now for record in chunk.records] == [happened * SECOND for happened, _ in at]


@settings(max_examples=60, deadline=None)
@given(st.lists(random_records, min_size=1, max_size=5), queries)
def test_what_the_database_leaves_out_would_not_match(records, text):
    RawLog.objects.all().delete()
    for number, record in enumerate(records):
        record.id, record.received_at = f"t-0-{number}-0", 1
    save(records, [], [])
    condition = narrow(parse(text, "logs"), "logs")
    kept = set(RawLog.objects.filter(condition).values_list("pk", flat=True)) if condition is not None else None
    matching = {record.id for record in records if matcher(text, "logs")(record)}
    assert kept is None or matching <= kept


def test_a_timeline_is_higher_where_more_is_open():
    hour = timedelta(hours=1)
    spans = [(NOON, NOON + hour), (NOON + hour, NOON + 2 * hour)]
    assert line(spans, NOON, NOON + 4 * hour, 4) == "▄█▄ "
    assert bars(spans, NOON, NOON + 4 * hour, 400) == [(0.0, 100.0), (100.0, 100.0)]
