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


def test_a_token_ends_when_it_is_revoked(user):
    secret, _ = token_of(user, revoked_at=timezone.now())
    with pytest.raises(AuthenticationFailed, match="revoked"):
        authenticate(f"Bearer {secret}")


@pytest.mark.parametrize(
    ("scope", "permissions"),
    [
        ("read", {"alerts.view_rule"}),
        ("act", {"alerts.view_rule", "alerts.act_on_alert"}),
        ("manage", {"alerts.view_rule", "alerts.act_on_alert", "alerts.change_rule", "auth.delete_user"}),
    ],
)
def test_a_superusers_token_may_what_its_scope_says(scope, permissions):
    secret, _ = token_of(User.objects.create_superuser("root"), scope=scope)
    found, _ = authenticate(f"Bearer {secret}")
    asked = ("alerts.view_rule", "alerts.act_on_alert", "alerts.change_rule", "auth.delete_user")
    assert {name for name in asked if found.has_perm(name)} == permissions


def test_no_scope_gives_more_than_the_user_has(user):
    secret, _ = token_of(user, scope="manage")
    found, _ = authenticate(f"Bearer {secret}")
    assert not found.has_perm("alerts.act_on_alert")


def test_a_token_that_reads_changes_nothing(client):
    secret, _ = token_of(User.objects.create_superuser("root"), scope="read")
    header = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    rule = {"slug": "a", "name": "A", "query": "level:error", "type": "match"}
    assert client.get("/api/v1/rules/", **header).status_code == 200
    assert client.post("/api/v1/rules/", rule, content_type="application/json", **header).status_code == 403


def test_the_last_use_is_noted_to_the_minute(user):
    secret, token = token_of(user)
    authenticate(f"Bearer {secret}")
    token.refresh_from_db()
    first = token.last_used_at
    authenticate(f"Bearer {secret}")
    token.refresh_from_db()
    assert first is not None
    assert token.last_used_at == first
