"""Tokens with which programs use the API in a user's name, and how much each uses it."""

from django.conf import settings
from django.db import models

from telemetry.secrets import digest as digest
from telemetry.secrets import new_secret as new_secret


def scopes() -> list[tuple[str, str]]:
    return [
        ("read", "read: look at everything"),
        ("act", "act: and acknowledge, resolve, comment"),
        ("manage", "manage: all that its user may"),
    ]


class ApiToken(models.Model):
    """Only the token's SHA-256 is kept; the token has 256 random bits. It may what its scope and its user both may."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(
        max_length=10, choices=scopes, default="read", help_text="Never more than its user's own role."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class ApiUse(models.Model):
    """Requests of one token or user in one minute. In the database, as it is what all web processes share."""

    who = models.CharField(max_length=40)
    minute = models.BigIntegerField(db_index=True, help_text="Since the epoch.")
    requests = models.IntegerField(default=0)

    class Meta:
        db_table = "accounts_api_use"
        constraints = (models.UniqueConstraint(fields=("who", "minute"), name="api_use_unique"),)

    def __str__(self) -> str:
        return f"{self.who}: {self.requests}"
