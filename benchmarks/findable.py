"""``python -m benchmarks.findable``: how long after its arrival a log is found by the search API, under a modest load.

Through the real parts: the door, the worker, the API; with ``--elasticsearch`` also Kafka and the indexer. A probe has
a word of its own. Its time runs from the moment it is sent until an answer of the API has it.
"""

import argparse
import http.client
import json
import statistics
import tempfile
import time
import urllib.parse
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.endtoend import RESULTS, Load, cookie
from tests.journeys.product import Product
from tests.servers import Elasticsearch, Kafka

PAUSE = 0.02  # between two questions for the same probe
LONGEST = 60.0


class Prober:
    def __init__(self, product: Product) -> None:
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(product.web_url).netloc, timeout=30)
        self.headers = {"Cookie": cookie(product)}

    def send(self, word: str) -> None:
        log = {
            "timestamp": datetime.now(UTC).isoformat(),
            "service": "probe",
            "level": "info",
            "message": f"is {word} there",
        }
        self.connection.request("POST", "/api/ingest/log", json.dumps(log), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 202, answer.status

    def found(self, word: str) -> bool:
        self.connection.request("GET", f"/api/v1/logs/?q={word}", headers=self.headers)
        answer = self.connection.getresponse()
        page = json.loads(answer.read())
        assert answer.status == 200, page
        return bool(page["results"])

    def seconds(self) -> float:
        word = f"probe{uuid.uuid4().hex}"
        began = time.monotonic()
        self.send(word)
        while not self.found(word):
            if time.monotonic() - began > LONGEST:
                raise SystemExit(f"{word} is not found after {LONGEST:.0f} s")
            time.sleep(PAUSE)
        return time.monotonic() - began


def measure(product: Product, rate: int, probes: int) -> dict[str, Any]:
    prober = Prober(product)
    with Load(product, rate):
        prober.seconds()  # the first warms up
        took = sorted(prober.seconds() for _ in range(probes))
    return {
        "records_per_second": rate,
        "probes": probes,
        "milliseconds_median": round(statistics.median(took) * 1000),
        "milliseconds_p95": round(took[int(probes * 0.95 + 0.5) - 1] * 1000),
        "milliseconds_most": round(took[-1] * 1000),
    }


def keep(found: dict[str, Any]) -> None:
    print(json.dumps(found, indent=1), flush=True)
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    file = RESULTS / f"findable-{found['backend']}-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps({"at": now.isoformat()} | found, indent=1) + "\n")
    print(f"kept in {file}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--probes", type=int, default=100)
    parser.add_argument("--elasticsearch", action="store_true", help="with Kafka and Elasticsearch")
    asked = parser.parse_args()
    backend = "sqlite"
    environment: dict[str, Any] = {"STACKLENS_INGEST_AUTH": "off"}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stacklens-bench-")))
        if asked.elasticsearch:
            kafka, elastic = Kafka(), Elasticsearch()
            for server in (kafka, elastic):
                stack.callback(server.remove)
                server.start()
            backend = "elasticsearch"
            environment |= {"KAFKA_BROKERS": kafka.brokers, "ELASTICSEARCH_URL": elastic.url}
        product = Product(folder, **environment)
        product.start(seconds=300)  # a busy machine takes its time
        stack.callback(product.stop)
        found = {"backend": backend, **measure(product, asked.rate, asked.probes)}
        keep(found)


if __name__ == "__main__":
    main()
