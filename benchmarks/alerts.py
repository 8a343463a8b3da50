"""``python -m benchmarks.alerts``: what the server takes with many open alerts, in a database of its own.

Lists as pages and in the API, each action on one alert and on all of them, mutes that concern all; DATABASE_URL's
server if one is named (its tables are made in a test database, which is dropped at the end). Where others use the
machine too, the process' CPU says more than the clock; with SQLite the database is in it.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django
import msgspec

RESULTS = Path(__file__).parent / "results"
TARGET_MS = 300
Took = tuple[list[float], list[float]]
Post = Callable[[str, dict[str, Any]], Any]


@contextmanager
def database() -> Iterator[None]:
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


def fill(number: int) -> None:
    """Open alerts of 50 rules and 200 services, with what opened and repeated them, and their windows."""
    from alerts import lifecycle, windows
    from alerts.episodes import State
    from alerts.models import Alert, RuleWindow, Transition

    now = datetime.now(UTC)
    alerts = [
        Alert(
            fingerprint=f"{index:064x}",
            rule_slug=f"rule-{index % 50}",
            rule_version=1,
            group={"service": f"service-{index % 200}"},
            service=f"service-{index % 200}",
            issue_code=f"ISSUE_{index % 50}",
            severity=("error", "warn", "info")[index % 3],
            message="Product price is null or missing",
            count=index,
            first_seen=now - timedelta(hours=20),
            last_seen=now - timedelta(seconds=index),
            created_at=now - timedelta(hours=20),
            related_logs=[f"otel-logs-0-{index}-{log}" for log in range(10)],
            evidence={"value": 5, "threshold": 3, "window_start": "", "window_end": ""},
        )
        for index in range(number)
    ]
    Alert.objects.bulk_create(alerts)
    kept = windows.Kept({"service": "x"}, State(opened=True, firing=True, episode=1))
    state = msgspec.json.encode(kept).decode()
    RuleWindow.objects.bulk_create(
        RuleWindow(fingerprint=alert.fingerprint, rule_slug=alert.rule_slug, axis="logs.event", state=state)
        for alert in alerts
    )
    for kind in ("opened", "repeated"):
        lifecycle.publish(
            [Transition(alert=alert, kind=kind, at=alert.first_seen, data={"count": 2}) for alert in alerts]
        )


def measure(work: Callable[[int], Any], rounds: int) -> Took:
    """Milliseconds by the clock and of CPU, of each round."""
    clock, cpu = [], []
    for turn in range(rounds):
        began, busy = time.perf_counter(), time.process_time()
        answer = work(turn)
        clock.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - busy) * 1000)
        assert answer.status_code in (200, 201), answer.content[:500]
    return clock, cpu


def cases(number: int, rounds: int) -> Iterator[tuple[str, Took]]:
    from django.contrib.auth.models import User
    from django.test import Client

    from alerts.models import Alert

    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    ids = [str(pk) for pk in Alert.objects.order_by("fingerprint").values_list("pk", flat=True)[: 20 * rounds]]

    def post(path: str, body: dict[str, Any]) -> Any:
        return client.post(f"/api/v1/alerts/{path}/", body, content_type="application/json")

    def get(path: str) -> tuple[str, Took]:
        return f"GET {path}", measure(lambda _: client.get(path), rounds)

    yield get("/")
    yield get("/?q=severity:error AND service:service-7")
    yield get("/?status=open")
    yield get("/alerts/rows/")
    yield get("/api/v1/alerts/")
    yield get("/api/v1/alerts/?status=open&limit=200")
    yield get("/api/v1/alerts/?q=severity:error AND service:service-7")
    yield get("/api/v1/alerts/?q=service:service-1* AND price")
    yield get("/?q=price AND nothing")
    yield get("/api/v1/alerts/count/?q=severity:error AND service:service-7")
    yield get(f"/alerts/{ids[0]}/panel/")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    actions: list[tuple[str, dict[str, Any]]] = [
        ("acknowledge", {}),
        ("assign", {"assignee": "ada"}),
        ("verdict", {"verdict": "noise"}),
        ("snooze", {"until": until}),
        ("resolve", {}),
        ("reopen", {}),
        ("comment", {"text": "looking"}),
    ]
    for name, body in actions:
        yield f"POST {name}", measure(partial(single, post, ids, name, body), rounds)
    merged = [*ids[rounds:], ids[-1]]
    yield "POST merge", measure(partial(single, post, merged, "merge", {"into": ids[-1]}), rounds)
    for name, body in actions[:-1]:
        yield f"POST bulk {name}, all", measure(partial(bulk, post, name, body, {}), 1)
    chosen = {"q": "service:service-1*"}
    yield "POST bulk acknowledge, by a query", measure(partial(bulk, post, "acknowledge", {}, chosen), 1)
    yield from mutes(client, until)


def mutes(client: Any, until: str) -> Iterator[tuple[str, Took]]:
    """Mutes of everything: made, followed up by a worker's looks, and an alert that opens meanwhile."""
    from alerts.models import Inhibition, Silence
    from alerts.mutes.turns import Watch

    watch = Watch()

    def post(kind: str, body: dict[str, Any]) -> tuple[str, Took]:
        made = measure(lambda _: client.post(f"/api/v1/{kind}/", body, content_type="application/json"), 1)
        return f"POST {kind}, of everything", made

    yield post(
        "silences", {"query": "*", "reason": "all", "starts_at": datetime.now(UTC).isoformat(), "ends_at": until}
    )
    yield "a worker's look, until all are muted", measure(lambda _: answered(watch.look(datetime.now(UTC))), 11)
    yield "a worker's look, nothing to do", measure(lambda _: answered(Watch().look(datetime.now(UTC))), 3)
    yield "an alert opens beside a silence", measure(opens, 3)
    Silence.objects.all().delete()
    yield post("inhibitions", {"name": "all", "source": "severity:error", "target": "*", "equal": ["service"]})
    yield "an alert opens beside an inhibition of its service", measure(opens, 3)
    Inhibition.objects.all().delete()
    yield post("inhibitions", {"name": "all", "source": "*", "target": "*", "equal": ["severity"]})
    yield "an alert opens beside an inhibition of everything", measure(opens, 3)


def answered(_: object) -> Any:
    from django.http import HttpResponse

    return HttpResponse()


def opens(turn: int) -> Any:
    """What the worker does when a rule fires."""
    from django.db import transaction

    from alerts import lifecycle
    from alerts.models import Alert

    now = datetime.now(UTC)
    times = {"first_seen": now, "last_seen": now, "created_at": now}
    with transaction.atomic():
        alert = Alert.objects.create(
            fingerprint=f"{now.timestamp()}", rule_slug="rule-1", rule_version=1, group={"service": "service-1"},
            service="service-1", issue_code="ISSUE_1", severity="warn", message="opens", **times,
        )  # fmt: skip
        lifecycle.publish([lifecycle.change(alert, "opened", now, str(turn))])
    return answered(alert)


def single(post: Post, ids: list[str], action: str, body: dict[str, Any], turn: int) -> Any:
    return post(f"{ids[turn]}/{action}", body)


def bulk(post: Post, action: str, body: dict[str, Any], chosen: dict[str, Any], turn: int) -> Any:
    return post("bulk", {"action": action, "filter": chosen} | body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=10)
    asked = parser.parse_args()
    django.setup()
    from django.db import connection

    found: dict[str, dict[str, float]] = {}
    with database():
        fill(asked.alerts)
        print(f"{asked.alerts:,} open alerts on {connection.vendor}; milliseconds at the server: median, slowest, CPU")
        for name, took in cases(asked.alerts, asked.rounds):
            clock, cpu = took
            figures = {"median": statistics.median(clock), "slowest": max(clock), "cpu": statistics.median(cpu)}
            late = "" if figures["median"] < TARGET_MS else f"  over {TARGET_MS}"
            print(f"{name:56}" + "".join(f"{value:9.1f}" for value in figures.values()) + late, flush=True)
            found[name] = figures
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"alerts-{connection.vendor}-{now:%Y%m%dT%H%M%SZ}.json"
    about = {"at": now.isoformat(), "alerts": asked.alerts, "database": connection.vendor}
    file.write_text(json.dumps(about | {"milliseconds": found}, indent=1) + "\n")
    print(f"kept in {file}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stacklens_site.settings")
    main()
