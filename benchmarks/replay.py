"""``python -m benchmarks.replay``: how long a rule takes over stored history, on a real Postgres.

A day's records are stored, a share of them late, so that the partitions' clocks have to be followed through all rows.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.servers import Postgres
from tests.tools import ROOT

RESULTS = Path(__file__).parent / "results"
RULES = {
    "selective": {"type": "frequency", "query": "level:error refused", "config": {"threshold": 20, "window": 60}},
    "everything": {"type": "percentage", "query": "*", "config": {"match": "level:error", "over": 12, "window": 300}},
    "remembers": {"type": "new_value", "query": "*", "config": {"field": "attrs.country", "learning": 3600}},
}
PLAY = """
import json, resource, sys, time, django
django.setup()
from datetime import datetime
from alerts.models import Rule
from alerts.rehearsal import rehearse
since, until = map(datetime.fromisoformat, sys.argv[1:3])
rule = Rule(slug=sys.argv[3], name="r", group_by=["service"], **json.loads(sys.argv[4]))
began = time.process_time()
played = rehearse(rule, None, since, until)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"records": played.records, "matched": played.draft.matched, "late": played.draft.late,
    "alerts": len(played.draft.alerts),
    "seconds": round(played.seconds, 2), "cpu": round(time.process_time() - began, 2), "peak_mb": round(peak)}))
"""
FILL = """
import random, sys, django
django.setup()
from django.db import transaction
from search import partitions, store
from telemetry.records import LogRecord
start, count, late = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
dice, step = random.Random(1), 86_400 * 10**9 // int(sys.argv[2])
for first in range(0, count, 5000):
    logs = []
    for number in range(first, min(first + 5000, count)):
        arrival = start + number * step
        behind = dice.randrange(120) * 10**9 if dice.random() < late else dice.randrange(2 * 10**9)
        error = dice.random() < 0.1
        logs.append(LogRecord(
            id=f"otel-logs-{number % 3}-{number // 30}-{number // 3 % 10}", timestamp=arrival - behind,
            received_at=arrival, service=f"service-{dice.randrange(20)}", level="error" if error else "info",
            message=f"connection {'refused' if error else 'kept'} by host-{dice.randrange(50)} after {number} ms",
            pattern="connection <*> by <*> after <*> ms", trace_id=f"{number:032x}", app_version="1.2.3", host="h1",
            environment="production", attrs={"country": dice.choice("ABCDEFGH"), "ms": dice.randrange(900)}))
    with transaction.atomic():
        store.save(logs, [], [])
"""


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--late", type=float, default=0.02, help="share of the records that come up to 2 min late")
    asked = options.parse_args()
    server = Postgres()
    try:
        server.start()
        measure(server.fresh(), asked.records, asked.late)
    finally:
        server.remove()


def measure(url: str, records: int, late: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {
            "DATABASE_URL": url, "SECRET_KEY": "bench-" + "0123456789abcdef" * 4, "STACKLENS_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "stacklens_site.settings", "LOG_LEVEL": "error",
        }  # fmt: skip

        def run(*command: str) -> str:
            return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, check=True, stdout=-1).stdout.decode()

        run("manage.py", "migrate", "-v0")
        start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp() - 86_400
        run("-c", FILL, str(int(start) * 10**9), str(records), str(late))
        since, until = (datetime.fromtimestamp(start + offset, UTC).isoformat() for offset in (0, 86_400))
        results = {}
        for name, rule in RULES.items():
            results[name] = json.loads(run("-c", PLAY, since, until, name, json.dumps(rule)))
            print(f"{name:12} {results[name]}", flush=True)
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    report = {"at": stamp, "python": platform.python_version(), "cpus": os.cpu_count(), "late": late, "rules": results}
    (RESULTS / f"replay-{stamp}.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
