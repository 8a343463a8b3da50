"""Lets a program in with ``Authorization: Bearer <token>``, in the name of the token's user."""

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken
from telemetry.secrets import digest


class TokenAuthentication(BaseAuthentication):
    """401 for a token that is wrong or over; no opinion where there is no Bearer header (the session may do)."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = known(secret.strip().decode("latin-1"))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def known(secret: str) -> ApiToken:
    token = ApiToken.objects.select_related("user").filter(digest=digest(secret)).first()
    if token is None or not token.user.is_active:
        raise AuthenticationFailed("the token is not known")
    if token.expires_at is not None and token.expires_at <= timezone.now():
        raise AuthenticationFailed("the token has expired")
    return token


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description names this way in."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
