"""Prepares Elasticsearch; quick, and changes nothing, when all is there."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from elasticsearch import ApiError, TransportError


class Command(BaseCommand):
    help = "Index templates, aliases and lifecycle in Elasticsearch. Safe to run at every start."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ELASTICSEARCH_URL:
            raise CommandError("ELASTICSEARCH_URL is not set: records are found in the database, nothing to prepare")
        from search import indices, write  # costs a second to load, so only where it is used

        try:
            said = indices.setup(settings.RETENTION_DAYS)
        except (ApiError, TransportError) as error:
            raise CommandError(f"ELASTICSEARCH_URL: {write.told(error)}") from error
        for line in said:
            self.stdout.write(line)
