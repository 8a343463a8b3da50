"""Makes secrets that are shown once, and the digests that are kept of them.

A secret has 256 random bits, so a slow hash would add nothing."""

import hashlib
import secrets


def new_secret(kind: str) -> tuple[str, str, str]:
    """A new secret that starts with ``kind``, its first characters to know it by, and its digest."""
    secret = f"{kind}_{secrets.token_urlsafe(32)}"
    return secret, secret[:10], digest(secret)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
