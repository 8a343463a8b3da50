"""A destination that people have set up: a kind, its settings, and its credentials, which are kept sealed."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from alerts.models import Counter
from integrations.sealed import reseal, seal, unseal


class Destination(models.Model):
    """``settings`` may be shown; ``sealed`` holds the fields of type secret, by name, and never leaves the database."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    settings = models.JSONField(default=dict, blank=True)
    sealed = models.JSONField(default=dict, blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    # it hears what happened after it was made: the number of the last transition then
    since = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "destination"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and not self.since:
            self.since = Counter.current("transitions")
        super().save(*args, **kwargs)

    def put(self, secrets: Mapping[str, str]) -> None:
        """Seal what was given; an empty one leaves what there is."""
        self.sealed = {**self.sealed, **{name: seal(text) for name, text in secrets.items() if text}}

    def opened(self) -> dict[str, Any]:
        """The settings with the credentials among them, for one call. Raises Unsealable."""
        return {**self.settings, **self.secrets()}

    def secrets(self) -> dict[str, str]:
        """The credentials alone. Raises Unsealable."""
        return {name: unseal(text) for name, text in self.sealed.items()}

    def reseal(self) -> None:
        """Under the newest key. Raises Unsealable."""
        self.sealed = {name: reseal(text) for name, text in self.sealed.items()}
