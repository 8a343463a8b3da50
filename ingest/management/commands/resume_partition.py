"""Lets a partition go on that had stopped because too many of its records could not be used."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingest import stopped


class Command(BaseCommand):
    help = "Read a stopped partition on; its records are counted anew. Without arguments: say which have stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("topic", nargs="?")
        parser.add_argument("partition", nargs="?", type=int, default=0)

    def handle(self, *args: Any, topic: str | None, partition: int, **options: Any) -> None:
        if topic is None:
            for name, why in stopped.partitions().items():
                self.stdout.write(f"{name}: {why}")
            return
        if not stopped.go_on(topic, partition, "system"):
            raise CommandError(f"{topic}-{partition} has not stopped")
        self.stdout.write(f"{topic}-{partition} goes on within a second or two")
