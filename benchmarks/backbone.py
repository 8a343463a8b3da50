"""``python -m benchmarks.backbone``: what a record costs the worker on real Kafka and Postgres, with 1,000 rules.

Everything lies in Kafka before the clock starts, so the worker runs as fast as it can; what its start costs is measured
apart and taken off. Kafka to Kafka is the same without the database: decode to verdicts, enriched records out.
What the servers spent meanwhile says whether two workers can do more than one: who is short of CPU waits for it.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Producer

from benchmarks.generate import json_logs, otlp_logs, rules
from tests.servers import Kafka, Postgres
from tests.tools import ROOT, free_ports

RESULTS = Path(__file__).parent / "results"
RULES, BATCH, DIFFERENT = 1000, 100, 20_000
STAGES = "SELECT name, sum(value) FROM ingest_pipelinestat WHERE name LIKE 'seconds.%' GROUP BY name ORDER BY name"
STORED = "SELECT count(*) FROM raw_logs"
KAFKA_TO_KAFKA = """
import gc, os, time, django
django.setup()
from django.conf import settings
from alerts.analyse import Analyser
from benchmarks.generate import rules
from ingest.batch import process
from ingest.management.commands.run_consumer import GARBAGE
from ingest.outlet import KafkaOutlet
from ingest.transport import consumer
from ingest.positions import Position
class Rules:
    analyser, issues = Analyser(rules(1000)), {}
reader, outlet, left = consumer(["otel-logs"]), KafkaOutlet(), int(os.environ["RECORDS"])
positions, generation, began = {}, None, None
gc.freeze()  # as the worker does
gc.set_threshold(GARBAGE, 10, 10)
while left:
    if generation != reader.generation:
        generation = reader.generation
        positions = {place: positions.get(place) or Position() for place in reader.assignment()}
        reader.seek({place: position.next for place, position in positions.items()})
    if (messages := reader.poll(3 * 2**20, 1.0)) and generation == reader.generation:
        began = time.process_time() if began is None else began
        done = process(messages, settings.TOPIC_SIGNALS, positions, Rules)
        outlet.send(done, [])
        positions |= done.moves
        left -= len(done.logs)
print((time.process_time() - began) / int(os.environ["RECORDS"]) * 1e6)
"""

# the stages' clock counts the CPU of the thread, so that waiting for servers costs nothing
WORKER = """
import sys, time
time.perf_counter = time.thread_time
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "run_consumer", *sys.argv[1:]])
"""
TICKS = os.sysconf("SC_CLK_TCK")


class Bench:
    def __init__(self, kafka: Kafka, postgres: Postgres, folder: Path) -> None:
        self.kafka, self.postgres, self.folder = kafka, postgres, folder
        self.runs = 0

    def environment(self, database: str, **more: str) -> dict[str, str]:
        self.runs += 1
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "stacklens_site.settings",
            "DATABASE_URL": database,
            "KAFKA_BROKERS": self.kafka.brokers,
            "KAFKA_GROUP_ID": f"bench-{self.runs}",
            "KAFKA_SESSION_SECONDS": "6",
            "SECRET_KEY": "bench-" + "0123456789abcdef" * 4,
            "STACKLENS_DATA_DIR": str(self.folder),
            "LOG_LEVEL": "error",
            **more,
        }

    def worker(self, environment: dict[str, str], *options: str) -> "subprocess.Popen[bytes]":
        port = {"STACKLENS_HEALTH_PORT": str(free_ports(1)[0])}
        return subprocess.Popen([sys.executable, "-c", WORKER, *options], cwd=ROOT, env=environment | port)

    def database(self) -> str:
        """A new one with our rules."""
        url = self.postgres.fresh()
        file = self.folder / "rules.json"
        specs = [
            {"slug": spec.slug, "name": spec.slug, "type": spec.type, "query": spec.query, "config": spec.config,
             "group_by": list(spec.group_by), "severity": "error"}
            for spec in rules(RULES)
        ]  # fmt: skip
        file.write_text(json.dumps({"issues": [], "rules": specs}))
        for command in (("migrate", "-v0"), ("load_rules", str(file), "-v0")):
            with open(os.devnull, "w") as quiet:
                subprocess.run(
                    [sys.executable, "manage.py", *command],
                    cwd=ROOT,
                    env=self.environment(url),
                    check=True,
                    stdout=quiet,
                )
        return url

    def fill(self, records: int, kind: str) -> None:
        """Empty topics, then that many records in messages of 100, evenly over three partitions."""
        from tests.kafka.workers import make_topics

        make_topics(self.kafka.brokers)
        bodies = (json_logs if kind == "log" else otlp_logs)(DIFFERENT, BATCH)
        producer = Producer({"bootstrap.servers": self.kafka.brokers, "acks": "all", "linger.ms": 20})
        for number in range(records // BATCH):
            headers: Any = [("encoding", kind)]
            producer.produce("otel-logs", bodies[number % len(bodies)], partition=number % 3, headers=headers)
            if number % 500 == 0:
                producer.flush()
        producer.flush()

    def workers(self, records: int, count: int) -> dict[str, Any]:
        """So many workers until all is stored."""
        url = self.database()
        environment = self.environment(url)
        with measured() as start:
            # one that finds a group of its own has no partition at once; that wait is no work
            self.worker(environment | {"KAFKA_TOPICS": "otel-traces"}, "--until-idle").wait()
        began, before = time.monotonic(), self.servers()
        with measured() as used:
            processes = [self.worker(environment) for _ in range(count)]
            while stored(url) < records:
                time.sleep(0.2)
            took, after = time.monotonic() - began, self.servers()
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()
        with psycopg.connect(url) as connection:
            stages = connection.execute(STAGES).fetchall()
        servers = {name: after[name] - before[name] for name in after}
        return {
            "records_per_second": round(records / took),
            "worker_cpu_seconds_per_million": round((used["cpu"] - count * start["cpu"]) / records * 1e6, 1),
            "cpu_us_per_record_by_stage": {name[8:]: round(value / records * 1e6, 2) for name, value in stages},
            "servers_cpu_seconds_per_million": {name: round(cpu / records * 1e6, 1) for name, cpu in servers.items()},
            "cores_busy": round((used["cpu"] + sum(servers.values())) / took, 2),
        }

    def servers(self) -> dict[str, float]:
        """CPU seconds of each so far."""
        return {each.name: cpu_seconds(each.process.pid) for each in (self.kafka, self.postgres) if each.process}

    def kafka_to_kafka(self, records: int) -> float:
        environment = self.environment(self.postgres.url, RECORDS=str(records))
        ran = subprocess.run(
            [sys.executable, "-c", KAFKA_TO_KAFKA],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return round(float(ran.stdout.strip().splitlines()[-1]), 1)


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """CPU seconds of the children that end meanwhile."""
    found: dict[str, float] = {}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield found
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cpu_seconds(server: int) -> float:
    """Of a server, its children, and those of them that have ended."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(stat.parent.name) == server:
                total += sum(map(int, fields[11:15]))
            elif int(fields[1]) == server:
                total += sum(map(int, fields[11:13]))
    return total / TICKS


def stored(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(STORED).fetchone()
    return int(row[0]) if row else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=300_000)
    asked = parser.parse_args()
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        kafka, postgres = Kafka(), Postgres()
        for server in (kafka, postgres):
            stack.callback(server.remove)
            server.start()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stacklens-bench-")))
        bench = Bench(kafka, postgres, folder)
        for name, kind in (("JSON log", "log"), ("OTLP protobuf", "protobuf")):
            bench.fill(asked.records, kind)
            found[name] = {"kafka_to_kafka_cpu_us_per_record": bench.kafka_to_kafka(asked.records)}
            found[name]["one worker"] = bench.workers(asked.records, 1)
            found[name]["two workers"] = bench.workers(asked.records, 2)
            print(json.dumps({name: found[name]}, indent=1), flush=True)
    now = datetime.now(UTC)
    about = {"at": now.isoformat(), "python": platform.python_version(), "cores": os.cpu_count(), "rules": RULES}
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"backbone-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(about | {"records": asked.records} | found, indent=1) + "\n")
    print(f"kept in {file}")


if __name__ == "__main__":
    main()
