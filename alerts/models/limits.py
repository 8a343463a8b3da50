"""How many new alerts a rule had in a minute."""

from django.db import models


class NewAlerts(models.Model):
    """A rule's minute, by the rule's own time: see alerts/lifecycle/limits.py."""

    key = models.CharField(max_length=130, primary_key=True)
    minute = models.DateTimeField(db_index=True)
    opened = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.opened} opened, {self.held} held back"
