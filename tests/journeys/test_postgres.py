"""The product on a real Postgres, stopped and killed under it: what was accepted is there once, no process dies."""

import json
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime

import psycopg
import pytest

from tests.journeys.product import Product
from tests.servers import Postgres

DOWN_SECONDS = 4


class Sender:
    """Sends one log after the other; knows which were accepted."""

    def __init__(self, url: str, prefix: str) -> None:
        self.prefix = prefix
        self.url = f"{url}/api/ingest/log"
        self.accepted: list[str] = []
        self.tried = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while not self.stopping.wait(0.02):
            self.tried += 1
            name = f"{self.prefix}-{self.tried}"
            body = {"timestamp": datetime.now(UTC).isoformat(), "service": "shop", "level": "info", "message": name}
            request = urllib.request.Request(self.url, json.dumps(body).encode(), {"Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    assert answer.status == 202
            except (OSError, urllib.error.URLError):
                continue
            self.accepted.append(name)

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(30)


@pytest.fixture(scope="module")
def server():
    made = Postgres()
    yield made.start()
    made.remove()


@pytest.fixture(scope="module")
def product(server, tmp_path_factory):
    running = Product(
        tmp_path_factory.mktemp("on-postgres"),
        DATABASE_URL=server.fresh(),
        SECRET_KEY="k" * 50,
        STACKLENS_INGEST_AUTH="off",
    )
    running.start()
    yield running
    running.stop()


def messages(product):
    with psycopg.connect(product.environment["DATABASE_URL"]) as connection:
        return [row[0] for row in connection.execute("SELECT message FROM raw_logs WHERE service = 'shop'")]


def answers(product, path):
    try:
        with urllib.request.urlopen(product.web_url + path, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def within(seconds, check):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_outage_of_postgres_lasts_for_us_as_long_as_it_lasts(product, server, end):
    sender = Sender(product.web_url, end)
    try:
        assert within(60, lambda: len(sender.accepted) > 50)
        getattr(server, end)()
        time.sleep(DOWN_SECONDS)
        before = len(sender.accepted)
        server.start()
        assert within(30, lambda: len(sender.accepted) > before + 20)
        assert within(30, lambda: answers(product, "/readyz") == 200)
        assert within(30, lambda: answers(product, "/accounts/login/") == 200)
    finally:
        sender.stop()
    assert within(60, lambda: set(sender.accepted) <= set(messages(product)))
    stored = messages(product)
    assert len(stored) == len(set(stored))
    ended = [line for line in product.said().splitlines() if "ended with" in line]
    assert not [line for line in ended if not line.startswith("prune")]
