"""Keys of senders: required, limited, revoked."""

import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.utils import timezone

from ingest import keys
from ingest.keys import RELOAD_SECONDS, Bucket, Keys
from ingest.models import IngestKey
from telemetry.secrets import digest
from tests.ingest.receiver import Receiver
from tests.ingest.test_receive import JSON, PROTOBUF, export, post


@pytest.mark.django_db(transaction=True)
def test_a_key_is_found_until_it_is_revoked(monkeypatch):
    secret, row = keys.create("checkout", default_service="checkout", default_environment="prod")
    assert secret.startswith("slk_")
    assert secret not in str(IngestKey.objects.values().get())
    known = Keys()
    known.reload()
    found = known.find(secret)
    assert found is not None
    assert (found.service, found.environment) == ("checkout", "prod")
    assert known.find("slk_other") is None
    row.revoked_at = timezone.now()
    row.save()
    monkeypatch.setattr(keys, "RELOAD_SECONDS", 0.0)
    known.reload()
    assert known.find(secret) is None


def test_a_bucket_fills_with_time():
    bucket = Bucket(rate=2, tokens=4, at=0.0)
    assert [bucket.wait(0.0) for _ in range(4)] == [0.0] * 4
    assert bucket.wait(0.0) == 0.5
    assert bucket.wait(0.5) == 0.0
    assert bucket.wait(0.5) > 0
    assert [bucket.wait(100.0) for _ in range(5)] == [0.0] * 4 + [0.5]


def test_without_a_rate_there_is_no_limit():
    bucket = Bucket(rate=0, tokens=0, at=0.0)
    assert [bucket.wait(0.0) for _ in range(100)] == [0.0] * 100


@pytest.fixture(scope="module")
def guarded(migrated, tmp_path_factory):
    """A receiver that wants keys, and some of them; one for all, because starting takes seconds."""
    data_dir = tmp_path_factory.mktemp("guarded") / "data"
    shutil.copytree(migrated, data_dir)

    def create(secret: str, rate: int = 0, service: str = "") -> None:
        with sqlite3.connect(data_dir / "stacklens.sqlite3", timeout=60) as database:
            database.execute(
                "INSERT INTO ingest_ingestkey (name, prefix, digest, default_service, default_environment,"
                " requests_per_second, created_at) VALUES ('x', 'x', ?, ?, 'prod', ?, '2026-01-01')",
                (digest(secret), service, rate),
            )
        database.close()

    create("slk_good", service="checkout")
    create("slk_slow", rate=1)
    create("slk_leaving")
    running = Receiver(data_dir, STACKLENS_INGEST_AUTH="required").start()
    yield running
    running.kill()


def test_without_a_valid_key_nobody_gets_in(guarded):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic slk_good"}):
        for path, content_type in (("/v1/logs", PROTOBUF), ("/api/ingest/log", JSON)):
            answer = post(guarded, path, export("x"), content_type, **headers)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert guarded.queued() == []
    answer = post(guarded, "/v1/logs", export("x"), PROTOBUF, Authorization="Bearer slk_good")
    assert answer.status_code == 200
    assert '"service": "checkout", "environment": "prod"' in guarded.queued()[0][1]


def test_who_sends_faster_than_the_key_allows_is_told_to_wait(guarded):
    def send(_):
        return post(guarded, "/v1/logs", export("x"), PROTOBUF, Authorization="Bearer slk_slow")

    with ThreadPoolExecutor(10) as senders:
        answers = list(senders.map(send, range(30)))
    assert [answer.status_code for answer in answers].count(200) >= 2
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"


def test_a_revoked_key_stops_within_two_seconds(guarded):
    assert RELOAD_SECONDS < 2
    headers = {"Authorization": "Bearer slk_leaving", "Content-Type": PROTOBUF}
    session = requests.Session()
    assert session.post(guarded.url + "/v1/logs", export("x"), headers=headers, timeout=60).status_code == 200
    with sqlite3.connect(guarded.data_dir / "stacklens.sqlite3", timeout=60) as database:
        database.execute(
            "UPDATE ingest_ingestkey SET revoked_at = '2026-01-02' WHERE digest = ?", [digest("slk_leaving")]
        )
    database.close()
    deadline = time.monotonic() + 60
    while session.post(guarded.url + "/v1/logs", export("x"), headers=headers, timeout=60).status_code != 401:
        assert time.monotonic() < deadline
    session.close()
