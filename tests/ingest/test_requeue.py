"""Dead letters that are tried again: once, whatever is pressed twice and wherever it breaks."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings

from ingest.letters import Tried, outcome, wanted
from ingest.models import DeadLetter, QueueMessage
from ingest.outlet import NoOutlet
from ingest.requeue import NotRequeued, attempt, message_of, portion, requeue
from ingest.transport import consumer, producer
from ingest.transport.interface import Message
from ingest.worker import Worker
from search.models import RawLog, StoredSpan
from telemetry.records import LogRecord, Rejected
from tests.started import environment
from tests.tools import ROOT

GOOD = {"timestamp": "2026-11-20T10:00:00Z", "service": "shop", "level": "info", "message": "paid"}
BAD = GOOD | {"level": "loud"}
database = pytest.mark.django_db(transaction=True, databases={"default", settings.QUEUE_DATABASE})


def work() -> None:
    reader = consumer(settings.KAFKA_TOPICS)
    try:
        Worker(reader, settings.TOPIC_SIGNALS, 2**20, NoOutlet()).run(until_idle=True)
    finally:
        reader.close()


def send(value: object, topic: str = "otel-logs", encoding: str = "log") -> None:
    door = producer()
    door.append(topic, json.dumps(value).encode(), {"encoding": encoding}).result(10)
    door.close()


def buried(value: object = BAD, topic: str = "otel-logs", encoding: str = "log") -> DeadLetter:
    send(value, topic, encoding)
    work()
    return DeadLetter.objects.get()


# --- what becomes of a message that is a letter -----------------------------------------------------------------------


def message(letter: str = "", offset: int = 9) -> Message:
    return Message("otel-logs", 0, offset, b"", 0, {"letter": letter} if letter else {})


def record(id: str) -> LogRecord:
    return LogRecord(timestamp=0, service="s", level="info", message="m", id=id)


REJECT = Rejected(index=0, reason="invalid_field", error="level")


@pytest.mark.parametrize(
    ("records", "rejected", "settled", "failed", "graves"),
    [
        (["otel-logs-0-1-0"], 0, ["otel-logs-0-1-0"], [], 0),
        (["otel-logs-0-1-0-2"], 0, ["otel-logs-0-1-0"], [], 0),
        ([], 1, [], ["otel-logs-0-1-0"], 0),
        ([], 0, [], ["otel-logs-0-1-0"], 0),
        (["otel-logs-0-1-0"], 1, ["otel-logs-0-1-0"], [], 1),
        (["otel-logs-0-1-1"], 1, [], ["otel-logs-0-1-0"], 0),
    ],
)
def test_a_letter_is_settled_when_a_record_was_made_of_it(records, rejected, settled, failed, graves):
    letter, tried = message("otel-logs-0-1-0"), Tried()
    bad = [(letter, REJECT)] * rejected
    assert len(outcome([letter], [record(id) for id in records], bad, tried)) == graves
    assert (tried.settled, list(tried.failed)) == (settled, failed)


def test_other_messages_are_buried_as_ever():
    tried = Tried()
    assert outcome([message()], [], [(message(), REJECT)], tried) == [(message(), REJECT)]
    assert tried == Tried()


def test_of_two_messages_of_a_letter_in_a_batch_one_is_wanted():
    messages = [message("a", 1), message(offset=2), message("a", 3), message("settled", 4), message("b", 5)]
    assert [each.offset for each in wanted(messages, {"a", "b"})] == [1, 2, 5]


# --- the whole way ----------------------------------------------------------------------------------------------------


@database
def test_a_try_says_what_is_still_wrong_and_writes_nothing():
    letter = buried()
    assert [reject.reason for _, reject in attempt(letter).rejected] == ["invalid_field"]
    tried = attempt(letter, json.dumps(GOOD | {"message": "password=hunter2hunter2"}))
    assert [made.id for made in tried.records] == [letter.id]
    assert "hunter2" not in str(tried.records)
    assert (RawLog.objects.count(), QueueMessage.objects.using(settings.QUEUE_DATABASE).count()) == (0, 0)


@database
def test_requeued_often_it_is_stored_once_under_its_own_id():
    letter = buried()
    for _ in range(3):
        requeue([letter], "ada", json.dumps(GOOD))
    work()
    assert list(RawLog.objects.values_list("id", "message")) == [(letter.id, "paid")]
    requeue([letter], "ada", json.dumps(GOOD))  # by somebody who hasn't seen that it is settled
    work()
    assert RawLog.objects.count() == 1
    letter.refresh_from_db()
    assert (letter.state, letter.requeued_by) == ("settled", "ada")
    assert portion(DeadLetter.objects.all()) == ([], None)
    with pytest.raises(NotRequeued, match="settled"):
        message_of(letter)


@database
def test_what_fails_again_stays_one_letter_with_the_new_reason():
    letter = buried()
    requeue([letter], "ada", json.dumps(GOOD | {"level": "info", "timestamp": "soon"}))
    letter.refresh_from_db()
    assert letter.state == "waiting"
    work()
    letter = DeadLetter.objects.get()
    assert letter.state == "dead"
    assert "timestamp" in letter.error
    assert RawLog.objects.count() == 0


@database
def test_one_span_of_a_request_goes_back_in_a_request_of_its_own():
    bad = {"traceId": "00" * 16, "spanId": "ab" * 8, "name": "GET /"}
    sender = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    letter = buried({"resourceSpans": [{"resource": sender, "scopeSpans": [{"spans": [bad]}]}]}, "otel-traces", "json")
    assert letter.service == "shop"
    requeue([letter], "ada", json.dumps(bad | {"traceId": "cd" * 16}))
    work()
    assert list(StoredSpan.objects.values_list("id", "service", "name")) == [(letter.id, "shop", "GET /")]


@database
def test_what_only_the_search_index_refused_is_not_requeued():
    letter = DeadLetter(id="stacklens-enriched-0-4-0", reason="not_indexed", payload="{}", received_at="2026-01-01")
    with pytest.raises(NotRequeued, match="stored already"):
        message_of(letter)
    assert requeue([letter], "ada").requeued == 0


@database
def test_a_message_of_a_letter_that_is_gone_adds_nothing():
    letter = buried()
    requeue([letter], "ada", json.dumps(GOOD))
    letter.delete()
    work()
    assert RawLog.objects.count() == 0


# --- kill -9 ----------------------------------------------------------------------------------------------------------


def worker(data_dir, *arguments: str) -> int:
    command = [sys.executable, "manage.py", "run_consumer", "--until-idle", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(data_dir, LOG_LEVEL="error"), check=False).returncode


def append(data_dir, offset: int, value: object, **headers: str) -> None:
    with sqlite3.connect(data_dir / "queue.sqlite3", timeout=60) as queue:
        body = json.dumps(value).encode()
        queue.execute(
            "INSERT INTO queue_message (topic, partition, offset, received_at, headers, size, value) "
            "VALUES ('otel-logs', 0, ?, 1768000000000000000, ?, ?, ?)",
            [offset, json.dumps({"encoding": "log"} | headers), len(body), body],
        )
        queue.execute("INSERT INTO queue_partition (topic, partition, next_offset) VALUES ('otel-logs', 0, ?) "
                      "ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset", [offset + 1])  # fmt: skip
    queue.close()


@pytest.mark.parametrize("point", ["before", "inside", "after"])
def test_a_worker_that_is_killed_in_the_middle_adds_nothing_twice(migrated, tmp_path, point):
    data_dir = tmp_path / "data"
    shutil.copytree(migrated, data_dir)
    append(data_dir, 0, BAD)
    assert worker(data_dir) == 0
    append(data_dir, 1, GOOD, letter="otel-logs-0-0-0")
    assert worker(data_dir, "--fault", f"{point}:1") == -signal.SIGKILL
    append(data_dir, 2, GOOD, letter="otel-logs-0-0-0")  # requeued again, by who saw nothing happen
    assert worker(data_dir) == 0
    database = sqlite3.connect(data_dir / "stacklens.sqlite3")
    try:
        assert database.execute("SELECT id, message FROM raw_logs").fetchall() == [("otel-logs-0-0-0", "paid")]
        assert database.execute("SELECT count(settled_at), count(*) FROM ingest_deadletter").fetchone() == (1, 1)
    finally:
        database.close()
