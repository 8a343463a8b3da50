"""Makes our topics in Kafka, where they are missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Create the Kafka topics that are missing; those that are there stay as they are."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.KAFKA_BROKERS:
            raise CommandError("KAFKA_BROKERS: must name the brokers")
        from ingest.transport import topics

        try:
            for line in topics.create():
                self.stdout.write(line)
        except topics.CannotMake as error:
            raise CommandError(str(error)) from error
