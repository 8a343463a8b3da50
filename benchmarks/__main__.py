"""``python -m benchmarks``: CPU per record of each stage and of the whole pure path, by number of rules."""

import json
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from alerts.analyse import Analyser
from benchmarks.generate import START, json_logs, otlp_logs, rules
from ingest import patterns, pipeline, rfc3339
from ingest.decode import protobuf
from ingest.redact import text
from ingest.transport.interface import Message

RECORDS, ROUNDS = 10_000, 15
RULES = (10, 100, 1000, 5000)
RESULTS = Path(__file__).parent / "results"


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def messages(bodies: list[bytes], encoding: str) -> list[Message]:
    arrival = START * 10**9
    return [
        Message("otel-logs", 0, offset, body, arrival, {"encoding": encoding}) for offset, body in enumerate(bodies)
    ]


def forget() -> None:
    """What is known from the round before would cost nothing; in life other records have come in between."""
    patterns._words.clear()
    protobuf._pairs.clear()
    text._innocent.clear()
    rfc3339.whole_minute.cache_clear()
    rfc3339._whole_seconds.clear()


def measure(encoding: str, bodies: list[bytes], analysers: dict[int, Analyser]) -> dict[str, float]:
    """Microseconds of CPU a record, the least of some rounds: by stage, and the whole for each number of rules."""
    least: dict[str, float] = {}
    on_time = [0] * RECORDS

    def note(name: str, seconds: float) -> None:
        least[name] = min(least.get(name, 1e9), seconds / RECORDS * 1e6)

    for _ in range(ROUNDS):
        forget()
        batch = pipeline.Batch(messages(bodies, encoding), {"otel-logs": "logs"}, {})
        for name, stage in pipeline.STAGES:
            note(name, cpu(partial(stage, batch)))
        records = batch.logs
        assert len(records) == RECORDS
        for count, analyser in analysers.items():
            note(f"rules {count}", cpu(partial(analyser.observe, "logs", records, on_time)))
    stages = sum(least[name] for name, _ in pipeline.STAGES)
    return least | {f"whole, {count} rules": stages + least[f"rules {count}"] for count in analysers}


def main() -> None:
    analysers = {count: Analyser(rules(count)) for count in RULES}
    found = {
        "JSON log": measure("log", json_logs(RECORDS), analysers),
        "OTLP protobuf": measure("protobuf", otlp_logs(RECORDS), analysers),
    }
    names = list(found["JSON log"])
    print(f"{'µs of CPU a record':24}" + "".join(f"{kind:>16}" for kind in found))
    for name in names:
        print(f"{name:24}" + "".join(f"{found[kind][name]:16.2f}" for kind in found))
    print("5000 rules / 10 rules:  " + "".join(f"{ratio(figures):16.2f}" for figures in found.values()))
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    about = {"at": now.isoformat(), "python": platform.python_version(), "records": RECORDS}
    file = RESULTS / f"pure-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(about | {"microseconds": found}, indent=1) + "\n")
    print(f"kept in {file}")


def ratio(figures: dict[str, float]) -> float:
    return figures["whole, 5000 rules"] / figures["whole, 10 rules"]


if __name__ == "__main__":
    main()
