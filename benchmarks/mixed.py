"""``python -m benchmarks.mixed``: what a record costs the worker with 5,000 rules of all types, and with 10.

The embedded worker in this process, database and all. 500 of the 5,000 rules keep windows for each of 20 users, which
makes 10,000 live groups; they are all warmed up before the clock starts. One record in 50 meets such a rule.
"""

import argparse
import itertools
import json
import os
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
WINDOWED, USERS = 500, 20
MANY, FEW = 5000, 10
CONFIGS: dict[str, dict[str, Any]] = {
    "frequency": {"threshold": 1000, "window": 300},
    "spike": {"window": 300, "ratio": 50},
    "flatline": {"window": 86400},
    "cardinality": {"field": "action", "over": 500, "window": 300},
    "percentage": {"match": "level:error", "over": 99, "window": 300, "minimum": 1000},
    "change": {"field": "app_version"},
    "new_value": {"field": "action"},
    "sequence": {"first": "action:accepted", "then": "action:never", "within": 60},
}


def specs(count: int) -> list[Any]:
    """The rules of the other benchmarks; the first 500 of the many are windowed, of all types that judge logs."""
    from alerts.rules import RuleSpec
    from benchmarks.generate import rules

    found = rules(count)
    if count < MANY:
        return found
    kinds = itertools.cycle(CONFIGS.items())
    for number, (kind, config) in zip(range(WINDOWED), kinds, strict=False):
        query = f"attrs.tenant:t{number}"
        group_by = ("user_id",)
        found[number] = RuleSpec(slug=f"rule-{number}", type=kind, config=config, query=query, group_by=group_by)
    return found


def bodies(count: int, start: int, every_group: bool = False) -> list[bytes]:
    from benchmarks.generate import lines

    dice, made = random.Random(start), []
    for number, line in enumerate(lines(count)):
        moment = datetime.fromtimestamp(start + number / 1000, UTC)
        line["timestamp"] = moment.isoformat()
        attrs = line["attrs"]
        assert isinstance(attrs, dict)
        if every_group or number % 50 == 0:
            tenant = number // USERS % WINDOWED if every_group else dice.randrange(WINDOWED)
            attrs["tenant"], line["user_id"] = (
                f"t{tenant}",
                f"u{number % USERS if every_group else dice.randrange(USERS)}",
            )
        made.append(line)
    return [json.dumps(made[at : at + 100]).encode() for at in range(0, count, 100)]


def measure(count: int, records: int, start: int) -> dict[str, float]:
    """Microseconds of CPU a record, and what the windows hold. ``start``: of the first record, in seconds."""
    from django.conf import settings

    from alerts.models import Alert, Counter, Rule, RuleVersion, RuleWindow
    from ingest.transport import consumer, producer
    from ingest.worker import Worker

    Alert.objects.all().delete()  # their episodes are counted on in the windows, which go with them
    RuleWindow.objects.all().delete()
    RuleVersion.objects.all().delete()
    Rule.objects.all().delete()
    names = ("slug", "type", "query", "config", "signal")
    rows = [Rule(**{n: getattr(spec, n) for n in names}, group_by=list(spec.group_by)) for spec in specs(count)]
    Rule.objects.bulk_create(rows)
    Counter.take("rules")
    door = producer()

    def feed(some: list[bytes]) -> float:
        for future in [door.append("otel-logs", body, {"encoding": "log"}) for body in some]:
            future.result()
        reader = consumer(["otel-logs"])
        worker = Worker(reader, settings.TOPIC_SIGNALS, settings.WORKER_BATCH_BYTES)
        worker.ruleset.refresh()
        began = time.process_time()
        worker.run(until_idle=True)
        spent = time.process_time() - began
        reader.close()
        return spent

    feed(bodies(WINDOWED * USERS, start, every_group=True))
    spent = feed(bodies(records, start + 20))
    door.close()
    groups = RuleWindow.objects.count()
    held = sum(len(state) for state in RuleWindow.objects.values_list("state", flat=True))
    return {"microseconds": spent / records * 1e6, "groups": groups, "state_bytes": held}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=60_000)
    records = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "stacklens_site.settings", "STACKLENS_DATA_DIR": folder}
        os.environ["LOG_LEVEL"] = "error"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("migrate", database="queue", verbosity=0)
        found: dict[str, dict[str, float]] = {}
        # each later than the one before, or its records would be late; twice, as the first of a process is dearer
        for count, back in ((FEW, 4000), (MANY, 3000), (FEW, 2000), (MANY, 1000)):
            figures = measure(count, records, int(time.time()) - back)
            best = found.setdefault(str(count), figures)
            best["microseconds"] = min(best["microseconds"], figures["microseconds"])
    for name, figures in found.items():
        print(f"{name:>5} rules: " + ", ".join(f"{key} {value:,.1f}" for key, value in figures.items()))
    print(f"ratio {found[str(MANY)]['microseconds'] / found[str(FEW)]['microseconds']:.2f}")
    now = datetime.now(UTC)
    file = RESULTS / f"mixed-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps({"at": now.isoformat(), "records": records, "rules": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
