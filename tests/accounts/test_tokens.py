"""API tokens."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from accounts.models import ApiToken
from accounts.tokens import TokenAuthentication
from telemetry.secrets import new_secret

pytestmark = pytest.mark.django_db


def token_of(user: User, **fields: Any) -> tuple[str, ApiToken]:
    secret, prefix, digest = new_secret("slt")
    return secret, ApiToken.objects.create(user=user, name="ci", prefix=prefix, digest=digest, **fields)


def authenticate(header: str) -> Any:
    return TokenAuthentication().authenticate(APIRequestFactory().get("/", HTTP_AUTHORIZATION=header))


@pytest.fixture
def user():
    return User.objects.create_user("ada")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_token_lets_its_user_in(user, scheme):
    secret, token = token_of(user)
    assert authenticate(f"{scheme} {secret}") == (user, token)


def test_another_scheme_is_left_to_others(user):
    assert authenticate("Basic YTpi") is None


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer slt_wrong", "Bearer \xff"])
def test_a_wrong_token_is_refused(user, header):
    token_of(user)
    with pytest.raises(AuthenticationFailed):
        authenticate(header)


def test_a_token_ends_when_it_expires(user):
    secret, _ = token_of(user, expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(AuthenticationFailed, match="expired"):
        authenticate(f"Bearer {secret}")


def test_a_token_ends_with_its_user(user):
    secret, _ = token_of(user)
    User.objects.update(is_active=False)
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Bearer {secret}")


def test_the_secret_is_not_stored(user):
    secret, token = token_of(user)
    assert secret not in (token.digest, token.prefix)
    assert secret.startswith(token.prefix)
