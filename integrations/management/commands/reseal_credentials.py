"""Puts all credentials under the newest key, so that older ones can go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from integrations.models import Destination
from integrations.sealed import Unsealable


class Command(BaseCommand):
    help = "Seal the credentials of all destinations with the first key of STACKLENS_SEAL_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        lost = []
        for pk in Destination.objects.order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                destination = Destination.objects.select_for_update().get(pk=pk)
                try:
                    destination.reseal()
                except Unsealable:
                    lost.append(destination.slug)
                    continue
                destination.save(update_fields=["sealed"])
        if lost:
            raise CommandError(f"sealed with a key that is not in STACKLENS_SEAL_KEYS any more: {', '.join(lost)}")
        self.stdout.write("all credentials are sealed with the newest key")
