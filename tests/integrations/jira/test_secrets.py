"""The token is in the database only sealed, and nowhere else: API, admin, logs, exceptions, attempts, a dump."""

import io
import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin import site
from django.core.management import CommandError, call_command
from django.urls import reverse

from integrations.delivery.trial import trial
from integrations.destinations.kind import Passing, Permanent
from integrations.jira.client import client_of
from integrations.models import Attempt, Destination
from tests.integrations.told import route, step
from tests.servers.jira.process import TOKEN
from tests.staff import signed_in

pytestmark = pytest.mark.django_db

TROUBLES: list[dict[str, Any]] = [
    {"do": "status", "status": 401, "body": {"errorMessages": [f"no such token {TOKEN}"]}},
    {"do": "status", "status": 500, "headers": {"X-Echo": TOKEN}, "body": {"errorMessages": [f"at {TOKEN}"]}},
    {"do": "html", "status": 502},
    {"do": "reset"},
    {"do": "redirect"},
]


def test_the_token_is_found_nowhere(desk, caplog, admin_client):
    caplog.set_level(logging.DEBUG)
    found = io.StringIO()
    desk.destination.put({"webhook_secret": "hush-canary"})
    desk.destination.save()
    route(desk.destination)
    alert = desk.alert()
    for trouble in TROUBLES:
        desk.server.control(faults=[{"match": "/rest/", **trouble}])
        found.writelines(str(one) for one in trial(desk.destination))
        try:
            desk.happen(alert, "opened")
        except (Passing, Permanent) as error:
            found.write(f"{error!r} {error} {error.__cause__!r}")
        step(desk.destination, alert.created_at)
    found.writelines(f"{one.words}" for one in Attempt.objects.all())
    for address in ("/api/v1/destinations/", "/api/v1/destinations/jira/", "/api/v1/tickets/drift/", "/tickets/"):
        found.write(admin_client.get(address).content.decode())
    for model in site._registry:
        if model._meta.app_label == "integrations":
            name = f"admin:integrations_{model._meta.model_name}"
            found.write(admin_client.get(reverse(f"{name}_changelist")).content.decode())
            for one in model._default_manager.all()[:3]:
                found.write(admin_client.get(reverse(f"{name}_change", args=[one.pk])).content.decode())
    call_command("dumpdata", "integrations", "alerts", "admin", stdout=found)
    found.write(caplog.text)
    said = found.getvalue()
    assert "jira" in said
    assert TOKEN not in said
    assert "hush-canary" not in said


def test_a_client_gives_nothing_away_when_it_is_printed(desk):
    with client_of(desk.destination.opened()) as client:
        assert TOKEN not in f"{client!r} {client}"


def test_credentials_are_put_under_a_new_key_and_the_old_one_can_go(desk, settings):
    settings.SEAL_KEYS = ["a new key", *settings.SEAL_KEYS]
    call_command("reseal_credentials", stdout=io.StringIO())
    settings.SEAL_KEYS = ["a new key"]
    assert Destination.objects.get().opened()["token"] == TOKEN
    settings.SEAL_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="jira"):
        call_command("reseal_credentials", stdout=io.StringIO())


def test_a_viewer_sees_no_more_than_that_there_is_a_token(desk):
    shown = signed_in("viewer").get("/api/v1/destinations/jira/").json()
    assert (shown["secrets_set"], "token" in shown["settings"]) == (["token"], False)
