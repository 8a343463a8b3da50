"""Sends the models of the embedded queue to the queue's own database."""

from typing import Any

from django.conf import settings
from django.db.models import Model

QUEUE_MODELS = {"queuemessage", "queuepartition"}


class QueueRouter:
    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return settings.QUEUE_DATABASE if model._meta.model_name in QUEUE_MODELS else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        of_queue = model_name in QUEUE_MODELS
        return db == (settings.QUEUE_DATABASE if of_queue else "default")
