from django.apps import AppConfig
from django.conf import settings


class SearchConfig(AppConfig):
    name = "search"

    def ready(self) -> None:
        if settings.ELASTICSEARCH_DSL:
            from elasticsearch.dsl.connections import connections  # costs a second to load, so only where it is used

            connections.configure(**settings.ELASTICSEARCH_DSL)
