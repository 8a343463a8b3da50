"""Runs the notifier until SIGTERM or SIGINT."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.notifier import Notifier


class Command(BaseCommand):
    help = "Tell transitions of alerts to the destinations that routes lead to, and to Kafka where it is named."
    requires_system_checks: list[str] = []  # those are of pages and forms, which it doesn't serve

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="End when everything is told.")

    def handle(self, *args: Any, **options: Any) -> None:
        notifier = Notifier()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: notifier.stop())
        self.stdout.write("notifier tells destinations" + "".join(f", {teller.name}" for teller in notifier.streams))
        self.stdout.flush()
        notifier.run(until_idle=options["until_idle"])
