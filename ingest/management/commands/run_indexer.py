"""Runs the indexer until SIGTERM or SIGINT."""

import contextlib
import os
import signal
import threading
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingest import health
from ingest.management.commands.run_consumer import dying_at
from telemetry.trouble import Trouble

STOP_SECONDS = 6  # for a request that is under way; ending it is no harm, because it is done again


class Command(BaseCommand):
    help = "Carry enriched records from Kafka into Elasticsearch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="End when nothing is left.")
        parser.add_argument("--fault", default="", help="POINT:N – die at the N-th pass of a point (for tests).")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.ELASTICSEARCH_URL and settings.KAFKA_BROKERS):
            raise CommandError(
                "ELASTICSEARCH_URL and KAFKA_BROKERS: the indexer needs both, to write to and to read from"
            )
        from ingest.enriched import EnrichedTopic  # needs the servers' clients, which take a second to load
        from ingest.indexer import Indexer, Unread

        trouble = Trouble()
        session = {"session.timeout.ms": settings.KAFKA_SESSION_SECONDS * 1000}
        topic = EnrichedTopic(settings.KAFKA_CLIENT | session, settings.ENRICHED_TOPIC, trouble)
        indexer = Indexer(topic, trouble, settings.RETENTION_DAYS)
        if options["fault"]:
            indexer.fault = dying_at(options["fault"])

        def stop(*_: Any) -> None:
            indexer.stop()
            watchdog = threading.Timer(STOP_SECONDS, os._exit, [0])
            watchdog.daemon = True
            watchdog.start()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        with contextlib.ExitStack() as stack:
            if not options["until_idle"]:
                healthy = partial(indexer.healthy, settings.WORKER_STALL_SECONDS)
                stack.enter_context(
                    health.served("STACKLENS_INDEXER_HEALTH_PORT", settings.INDEXER_HEALTH_PORT, healthy)
                )
            stack.callback(topic.close)
            try:
                indexer.run(until_idle=options["until_idle"])
            except Unread as error:
                raise CommandError(str(error)) from error
