"""Puts all credentials under the newest key, so that older ones can go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from integrations.models import Action, Destination
from integrations.sealed import Unsealable


class Command(BaseCommand):
    help = "Seal the credentials of all destinations and actions with the first key of STACKLENS_SEAL_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        if lost := sealed_otherwise(Destination, "slug") + sealed_otherwise(Action, "name"):
            raise CommandError(f"sealed with a key that is not in STACKLENS_SEAL_KEYS any more: {', '.join(lost)}")
        self.stdout.write("all credentials are sealed with the newest key")


def sealed_otherwise(model: type[Destination] | type[Action], name: str) -> list[str]:
    """Reseals all; gives those that can't be, by this field."""
    lost = []
    for pk in model._default_manager.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            holder = model._default_manager.select_for_update().get(pk=pk)
            try:
                holder.reseal()
            except Unsealable:
                lost.append(str(getattr(holder, name)))
                continue
            holder.save(update_fields=["sealed"])
    return lost
