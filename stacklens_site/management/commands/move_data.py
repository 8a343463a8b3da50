"""Carries an embedded installation into the Postgres that DATABASE_URL names."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from stacklens_site import move
from stacklens_site.management.commands.bootstrap import behind


class Command(BaseCommand):
    help = "Move all that STACKLENS_DATA_DIR holds to DATABASE_URL's Postgres, and compare. Go on by calling it again."
    requires_system_checks: list[str] = []  # nothing of theirs is used

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DATABASE_URL:
            raise CommandError("DATABASE_URL: must name the Postgres to move to")
        if settings.KAFKA_BROKERS:
            raise CommandError("KAFKA_BROKERS: positions of the embedded queue mean nothing in Kafka; unset it to move")
        try:
            move.open_source(settings.DATA_DIR)
            if behind("embedded") or behind("embedded_queue"):
                raise CommandError("the embedded database is of an older version: start manage.py run on it once")
            call_command("migrate", interactive=False, verbosity=0)
            move.move(self.stdout.write)
        except move.Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"moved. {settings.DATA_DIR} is as it was; keep it until you trust the new one")
