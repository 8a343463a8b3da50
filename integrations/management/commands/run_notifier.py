"""Runs the notifier until SIGTERM or SIGINT."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.deliver import DESTINATIONS, Notifier, wanted


class Command(BaseCommand):
    help = f"Tell transitions of alerts to the destinations that the settings name ({', '.join(DESTINATIONS)})."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="End when everything is told.")

    def handle(self, *args: Any, **options: Any) -> None:
        names = wanted()
        if not names:
            raise CommandError("no destination is named: see KAFKA_BROKERS")
        notifier = Notifier(names)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: notifier.stop())
        self.stdout.write(f"notifier tells {', '.join(names)}")
        self.stdout.flush()
        try:
            notifier.run(until_idle=options["until_idle"])
        finally:
            notifier.close()
