"""Lets a program in with ``Authorization: Bearer <token>``: as its user, as far as the token's scope goes."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken
from accounts.roles import RESPONDER, VIEWER
from telemetry.secrets import digest

USED_EVERY = timedelta(minutes=1)  # how exactly the last use is kept: reading must not become writing
# what each scope leaves of its user's permissions; None for all
SCOPES: dict[str, Collection[str] | None] = {"read": VIEWER, "act": RESPONDER, "manage": None}


class TokenAuthentication(BaseAuthentication):
    """401 for a token that is wrong or over; no opinion where there is no Bearer header (the session may do)."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = known(secret.strip().decode("latin-1"))
        note_use(token, timezone.now())
        return within(token.user, SCOPES[token.scope]), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def known(secret: str) -> ApiToken:
    token = ApiToken.objects.select_related("user").filter(digest=digest(secret)).first()
    if token is None or not token.user.is_active:
        raise AuthenticationFailed("the token is not known")
    if token.expires_at is not None and token.expires_at <= timezone.now():
        raise AuthenticationFailed("the token has expired")
    if token.revoked_at is not None:
        raise AuthenticationFailed("the token is revoked")
    return token


def note_use(token: ApiToken, now: datetime) -> None:
    if token.last_used_at is None or now - token.last_used_at >= USED_EVERY:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)


def within(user: User, scope: Collection[str] | None) -> User:
    """The user of this one request, who may no more than the scope. All that asks for a permission asks ``has_perm``,
    which would grant a superuser everything."""
    if scope is not None:
        theirs = user.has_perm
        user.has_perm = lambda perm, obj=None: perm in scope and theirs(perm, obj)  # type: ignore[method-assign]
    return user


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description names this way in."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
