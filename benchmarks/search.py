"""``python -m benchmarks.search``: how long the search page takes at the server, over a day of stored records.

What a person waits for is measured: the first page, the histogram and the values beside it, by the views that answer
them. Each query is asked over several ranges that have not been asked before, so that nothing is answered from a cache.
"""

import argparse
import json
import os
import platform
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.generate import LEVELS, NOUNS, SERVICES, VERBS

RESULTS = Path(__file__).parent / "results"
BACKENDS = ("sqlite", "postgres", "elasticsearch")
QUERIES = {
    "everything": "",
    "a service": "service:checkout",
    "errors of a service": "service:checkout AND level:error",
    "a frequent word": "refused",
    "a rare word": "zebra",
    "a word in a service": "service:payment AND refused",
    "a phrase": '"connection refused"',
    "a beginning": "conn*",
    "not a word": "service:checkout AND NOT refused",
    "an attribute": "attrs.latency_ms:>=1950",
    "an attribute's value": "service:search AND attrs.region:eu-3",
    "a trace": "trace_id:000000000000000000000000000f423f",
    "nothing": "neverseen",
}
PARTS = {"page": "/search/", "histogram": "/search/histogram/", "facets": "/search/facets/"}
DAY = 86_400
BATCH = 2000
LIMIT_MS = 800


def records(count: int, end: int) -> Iterator[Any]:
    """A day of logs up to ``end`` (seconds), one in ten an error."""
    from telemetry.records import LogRecord

    dice, step = random.Random(1), DAY * 10**9 // count
    patterns = [f"{noun} {verb} for customer <*> after <*> ms" for noun in NOUNS for verb in VERBS]
    levels = LEVELS + ["error"] * 8
    for number in range(count):
        level = dice.choice(levels)
        at = (end - DAY) * 10**9 + number * step
        noun, verb = dice.choice(NOUNS), dice.choice(VERBS)
        if level == "error":
            message, pattern = f"connection refused by db-{number % 40} after {number} ms", "connection refused by <*>"
        else:
            message = f"{noun} {verb} for customer {dice.randrange(10**6)} after {number % 900} ms in zone {number}"
            pattern = patterns[number % 100]
        if number % 10_000 == 7:
            message += " zebra"
        yield LogRecord(
            id=f"otel-logs-{number % 3}-{number // 30}-{number // 3 % 10}", timestamp=at, received_at=at + 10**6,
            service=SERVICES[dice.randrange(8)], level=level, message=message, pattern=pattern,
            trace_id=f"{number // 4:032x}", span_id=f"{number:016x}", app_version=f"1.4.{number * 5 // count}",
            host=f"host-{dice.randrange(40)}", environment="production", action=verb,
            error_code=f"E{dice.randrange(30)}" if level == "error" else None,
            attrs={"latency_ms": dice.randrange(2000), "region": f"eu-{dice.randrange(9)}", "attempt": number % 4,
                   "http.route": f"/api/{noun}/{{id}}"},
        )  # fmt: skip


def fill(backend: str, count: int, end: int) -> float:
    """Stored as the worker or the indexer stores them; gives the seconds that it took."""
    from django.db import connection, transaction

    from search import store

    began, made = time.monotonic(), records(count, end)
    while batch := list(islice(made, BATCH)):
        if backend == "elasticsearch":
            index(batch)
            continue
        with transaction.atomic():
            store.save(batch, [], [])
    if backend == "elasticsearch":
        from search.indices import client

        client().indices.refresh(index="stacklens-logs")
    if backend == "postgres":
        with connection.cursor() as cursor:  # as autovacuum does by itself after a while
            cursor.execute("VACUUM ANALYZE")
    return time.monotonic() - began


def index(batch: list[Any]) -> None:
    from search.bulk import line
    from search.write import Away, write
    from telemetry.document import log_document

    lines = [line(log.id.encode(), log_document(log), datetime.now(UTC).date()) for log in batch]
    while lines:
        try:
            lines = write(lines).again
        except Away:  # it has to tidy up its memory
            time.sleep(1)


def measure(end: int, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds by query and part: the median, and the slowest of 20 (p95)."""
    from django.contrib.auth.models import User
    from django.test import Client

    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.get_or_create(username="bench")[0])
    found: dict[str, dict[str, float]] = {}
    for name, query in QUERIES.items():
        times: dict[str, list[float]] = {part: [] for part in (*PARTS, "all three")}
        for turn in range(rounds + 1):
            since = datetime.fromtimestamp(end - DAY, UTC) + timedelta(seconds=turn * 7)
            until = datetime.fromtimestamp(end, UTC) + timedelta(seconds=turn)
            asked = urlencode({"q": query, "from": since.isoformat(), "to": until.isoformat()})
            spent = {}
            for part, path in PARTS.items():
                began = time.monotonic()
                answer = browser.get(f"{path}?{asked}")
                spent[part] = (time.monotonic() - began) * 1000
                if answer.status_code == 503:
                    spent[part] = float("inf")  # it took longer than it may
            spent["all three"] = sum(spent.values())
            for part, milliseconds in spent.items():
                if turn:  # the first warms up
                    times[part].append(milliseconds)
        found[name] = {part: p95(each) for part, each in times.items()}
        print(f"{name:22}" + "".join(f"{found[name][part]:12,.0f}" for part in found[name]), flush=True)
    return found


def newest() -> int:
    from search import find
    from search.search import Search

    return find.page(Search("logs"), limit=1).records[0].timestamp // 10**9 + 1


def p95(times: list[float]) -> float:
    return sorted(times)[max(int(len(times) * 0.95 + 0.5) - 1, 0)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--backend", choices=BACKENDS, default="sqlite")
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--filled", action="store_true", help="measure what is stored already")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "stacklens_site.settings"
        if not asked.filled:
            os.environ["STACKLENS_DATA_DIR"] = folder
        os.environ |= {"LOG_LEVEL": "error", "SECRET_KEY": "bench-" + "0123456789abcdef" * 4}
        server = serve(asked.backend)
        try:
            run(asked)
        finally:
            if server is not None:
                server.remove()


def serve(backend: str) -> Any:
    from tests.servers import Elasticsearch, Postgres

    if backend == "sqlite" or os.environ.get("DATABASE_URL" if backend == "postgres" else "ELASTICSEARCH_URL"):
        return None
    if backend == "postgres":
        postgres = Postgres()
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.fresh()
        return postgres
    elastic = Elasticsearch()
    elastic.start()
    # Kafka is only named: records are indexed here, by the indexer's own functions
    os.environ |= {"ELASTICSEARCH_URL": elastic.url, "KAFKA_BROKERS": "127.0.0.1:9"}
    return elastic


def run(asked: argparse.Namespace) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    if asked.backend == "elasticsearch":
        from search import indices

        indices.setup(7)
    end, seconds = int(time.time()), 0.0
    if asked.filled:
        end = newest()
    else:
        seconds = fill(asked.backend, asked.records, end)
        print(f"{asked.records:,} records in {seconds:,.0f} s")
    print(f"{'p95 in ms':22}" + "".join(f"{part:>12}" for part in (*PARTS, "all three")))
    found = measure(end, asked.rounds)
    slow = [name for name, parts in found.items() if parts["all three"] > LIMIT_MS]
    print(f"slower than {LIMIT_MS} ms: {', '.join(slow) or 'none'}")
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    report = {
        "at": stamp, "python": platform.python_version(), "cpus": os.cpu_count(), "backend": asked.backend,
        "records": asked.records, "fill_seconds": round(seconds, 1),
        "p95_ms": {name: {part: round(ms, 1) for part, ms in parts.items()} for name, parts in found.items()},
    }  # fmt: skip
    (RESULTS / f"search-{asked.backend}-{stamp}.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
