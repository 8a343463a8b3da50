"""Credentials at rest: sealed with keys of the installation, so that a copy of the database gives none of them away."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unsealable(Exception):
    """Sealed with a key that is not among STACKLENS_SEAL_KEYS (or SECRET_KEY) any more."""


def seal(text: str) -> str:
    return ring().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Unsealable."""
    try:
        return ring().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unsealable(
            "the key it was sealed with is not among STACKLENS_SEAL_KEYS; enter the credential again"
        ) from error


def reseal(sealed: str) -> str:
    """The same text under the newest key; then the older ones can go. Raises Unsealable."""
    return seal(unseal(sealed))


def ring() -> MultiFernet:
    """The first key seals, every one unseals."""
    return MultiFernet([Fernet(derived(key)) for key in settings.SEAL_KEYS])


def derived(key: str) -> bytes:
    """A Fernet key from a text of any length (RFC 5869)."""
    made = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"stacklens sealed credentials").derive(
        key.encode()
    )
    return base64.urlsafe_b64encode(made)
