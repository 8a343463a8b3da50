"""Runs the pipeline worker until SIGTERM or SIGINT."""

import contextlib
import gc
import os
import signal
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from ingest import health
from ingest.outlet import KafkaOutlet, NoOutlet, Outlet
from ingest.spoilage import Limit
from ingest.transport import consumer
from ingest.worker import Worker
from search.watched import Watched

GARBAGE = 200_000  # new objects that are worth a look for rings; a batch holds that many, and drops them without one


class Command(BaseCommand):
    help = "Process what came in: store it, judge it, open and resolve alerts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="End when nothing is left.")
        parser.add_argument("--fault", default="", help="POINT:N – die at the N-th pass of a point (for tests).")

    def handle(self, *args: Any, **options: Any) -> None:
        reader = consumer(settings.KAFKA_TOPICS)
        limit = Limit(settings.WORKER_STOP_PERCENT, settings.WORKER_STOP_RECORDS)
        worker = Worker(reader, settings.TOPIC_SIGNALS, settings.WORKER_BATCH_BYTES, outlet(), limit)
        if settings.REDIS_URL:
            worker.stored_logs = Watched().start().ring
        if options["fault"]:
            worker.fault = dying_at(options["fault"])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        gc.freeze()  # what is there by now stays for good
        gc.set_threshold(GARBAGE, 10, 10)
        with contextlib.ExitStack() as stack:
            if not options["until_idle"]:
                healthy = partial(worker.healthy, settings.WORKER_STALL_SECONDS)
                stack.enter_context(health.served("STACKLENS_HEALTH_PORT", settings.HEALTH_PORT, healthy))
            stack.callback(reader.close)
            worker.run(until_idle=options["until_idle"])


def outlet() -> Outlet:
    return KafkaOutlet() if settings.KAFKA_BROKERS else NoOutlet()


def dying_at(fault: str) -> Any:
    """Kill the process, as kill -9 does, at the N-th pass of the named point."""
    point, _, count = fault.partition(":")
    left = int(count or 1)

    def pass_by(name: str) -> None:
        nonlocal left
        left -= name == point
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return pass_by
