"""Keys and tokens in the admin: shown once, known by their digest."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiToken
from ingest.models import IngestKey
from telemetry.secrets import digest
from tests.staff import staff, superuser_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser() -> Client:
    return superuser_client()


@pytest.fixture
def manager() -> Client:
    return staff("manager")


def test_a_new_ingest_key_is_shown_once_and_works_by_its_digest(manager):
    answer = manager.post("/admin/ingest/ingestkey/add/", {"name": "shop", "requests_per_second": "0"})
    assert answer.status_code == 200
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    key = IngestKey.objects.get(digest=digest(secret))
    assert secret not in manager.get(f"/admin/ingest/ingestkey/{key.pk}/change/").content.decode()
    assert secret not in manager.get("/admin/ingest/ingestkey/").content.decode()


def test_a_key_is_revoked_and_stays_in_the_list(manager):
    manager.post("/admin/ingest/ingestkey/add/", {"name": "shop", "requests_per_second": "0"})
    key = IngestKey.objects.get()
    manager.post("/admin/ingest/ingestkey/", {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at
    assert "revoked" in manager.get("/admin/ingest/ingestkey/").content.decode()


def test_a_manager_makes_tokens_for_nobody_else(manager, superuser):
    body = {
        "name": "ci",
        "scope": "read",
        "user": User.objects.get(username="root").pk,
        "expires_at_0": "",
        "expires_at_1": "",
    }
    answer = manager.post("/admin/accounts/apitoken/add/", body)
    token = ApiToken.objects.get(digest=digest(answer.context["secret"]))
    assert token.user.username == "a-manager"
