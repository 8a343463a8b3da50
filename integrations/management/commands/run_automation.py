"""Runs the actions of alerts until SIGTERM or SIGINT."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.automation import runner


class Command(BaseCommand):
    help = "Suggest, run and look after the actions that alerts name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="End when nothing is left to do.")

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        runner.run(stopping, until_idle=options["until_idle"])
