"""Tokens with which programs use the API in a user's name."""

from django.conf import settings
from django.db import models

from telemetry.secrets import digest as digest
from telemetry.secrets import new_secret as new_secret


class ApiToken(models.Model):
    """Only the token's SHA-256 is kept; the token has 256 random bits."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
