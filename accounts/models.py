"""Tokens with which programs use the API in a user's name."""

import hashlib
import secrets

from django.conf import settings
from django.db import models


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


def new_secret(kind: str) -> tuple[str, str, str]:
    """A new secret that starts with ``kind``, its first characters to know it by, and its digest."""
    secret = f"{kind}_{secrets.token_urlsafe(32)}"
    return secret, secret[:10], digest(secret)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
