"""A partition with too many bad records stops, loudly and alone, until a person lets it go on."""

import json

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from alerts.models import Alert, Transition
from ingest.models import DeadLetter, Offset
from ingest.spoilage import Limit
from ingest.transport.database import DatabaseConsumer, DatabaseProducer
from ingest.worker import Worker
from search.models import RawLog

pytestmark = pytest.mark.django_db(transaction=True, databases={"default", settings.QUEUE_DATABASE})

SIGNALS = {"otel-logs": "logs", "otel-traces": "traces"}
SPAN = {
    "traceId": "0" * 31 + "1",
    "spanId": "0" * 15 + "1",
    "name": "GET /",
    "startTimeUnixNano": "1",
    "endTimeUnixNano": "2",
}


@pytest.fixture
def send():
    producer = DatabaseProducer()

    def sent(topic, values):
        for future in [producer.append(topic, value, {}) for value in values]:
            future.result(20)

    yield sent
    producer.close()


@pytest.fixture
def work():
    """A worker until nothing is left that it may read, with batches of so many bytes."""

    def worked(max_bytes=10**6):
        reader = DatabaseConsumer(list(SIGNALS))
        Worker(reader, SIGNALS, max_bytes, limit=Limit(50, 20)).run(until_idle=True)
        reader.close()

    return worked


def good(count):
    line = {"timestamp": "2026-01-01T00:00:00Z", "service": "shop", "level": "info", "message": "m"}
    return [json.dumps(line).encode()] * count


def spans(count):
    return [json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]}).encode()] * count


def state():
    row = Offset.objects.get(topic="otel-logs", partition=0)
    return row.next, row.stopped, RawLog.objects.count(), DeadLetter.objects.count()


@pytest.mark.parametrize("max_bytes", [1, 700, 10**6])
def test_it_stops_at_the_same_message_however_the_batches_are_cut(send, work, max_bytes):
    send("otel-logs", good(30) + [b"?"] * 50 + good(5))
    work(max_bytes)
    assert state() == (41, "11 of the last 20 records could not be used", 30, 11)


def test_the_share_is_measured_across_restarts(send, work):
    for _ in range(4):
        send("otel-logs", good(2) + [b"?"] * 3)
        work()
    assert state() == (20, "12 of the last 20 records could not be used", 8, 12)


def test_others_go_on_and_it_is_told(send, work, client):
    send("otel-logs", [b"?"] * 40)
    send("otel-traces", spans(3))
    work()
    work()  # a restart changes nothing
    assert dict(Offset.objects.values_list("topic", "next")) == {"otel-logs": 20, "otel-traces": 3}
    why = "20 of the last 20 records could not be used"
    assert client.get("/readyz").json() == {
        "status": "degraded",
        "parts": dict.fromkeys(settings.DATABASES, "ok") | {"otel-logs-0": why},
    }
    alert = Alert.objects.get(issue_code="PARTITION_STOPPED")
    assert (alert.status, alert.message) == ("open", f"otel-logs-0 is not read on: {why}")
    client.force_login(get_user_model().objects.create_user("ada"))
    assert f"stopped: {why}" in client.get("/system/").content.decode()


def test_it_goes_on_when_told_and_counts_anew(send, work, capsys):
    send("otel-logs", [b"?"] * 25 + good(10))
    work()
    call_command("resume_partition")
    assert "otel-logs-0: 20 of the last 20 records could not be used" in capsys.readouterr().out
    call_command("resume_partition", "otel-logs", "0")
    with pytest.raises(CommandError, match="otel-logs-0 has not stopped"):
        call_command("resume_partition", "otel-logs", "0")
    work()
    assert state() == (35, "", 10, 25)
    alert = Alert.objects.get()
    assert (alert.status, [each.kind for each in Transition.objects.order_by("seq")]) == (
        "resolved",
        ["opened", "resolved"],
    )
    send("otel-logs", [b"?"] * 40)
    work()
    assert Alert.objects.filter(status="open").get().previous_id == alert.id


def test_an_admin_lets_it_go_on(send, work, admin_client):
    send("otel-logs", [b"?"] * 25)
    work()
    row = Offset.objects.get(topic="otel-logs")
    answer = admin_client.post("/admin/ingest/offset/", {"action": "go_on", "_selected_action": [row.pk]}, follow=True)
    assert "1 partition goes on" in answer.content.decode()
    work()
    assert state() == (25, "", 0, 25)
