"""What is seen of the telling: on /system/, in /metrics and on the alert's page; and how long it is kept."""

import io
from datetime import timedelta

import pytest
from django.conf import settings as ours
from django.core.management import call_command
from django.utils import timezone

from integrations.delivery import circuits
from integrations.destinations.kind import Passing, Permanent
from integrations.models import Attempt, Thread
from tests.alerts.mutes.events import NOON, opened
from tests.integrations.told import act, destination, pager, route, steps
from tests.staff import superuser_client

__all__ = ["pager"]
DATABASES = {"default", ours.QUEUE_DATABASE}
pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_what_waits_is_given_up_and_fails_is_seen(pager):
    client = superuser_client()
    place = destination("shop")
    route(place)
    alert = opened(NOON)
    pager.failures = [Permanent("unknown field <b>")]
    steps(place, NOON)
    for number in range(circuits.OPENS_AT):
        opened(NOON, group={"number": number})
    pager.failures = [Passing("busy")] * circuits.OPENS_AT
    steps(place, timezone.now())
    system = client.get("/system/").content.decode()
    assert "5 wait" in system
    assert "1 given up" in system
    assert "it fails (busy)" in system
    figures = client.get("/metrics").content.decode()
    assert 'stacklens_deliveries{destination="shop",state="waiting"} 5.0' in figures
    assert 'stacklens_destination_shut{destination="shop"} 1.0' in figures
    page = client.get(f"/alerts/{alert.pk}/").content.decode()
    assert "1 given up" in page
    assert "unknown field &lt;b&gt;" in page
    [told] = client.get(f"/api/v1/alerts/{alert.pk}/why/").json()["deliveries"]
    assert (told["destination"], told["told"], told["given_up"]) == ("shop", 0, 1)
    assert told["attempts"][0]["outcome"] == "permanent"


def test_what_is_due_and_nobody_claims_is_seen(pager):
    client = superuser_client()
    place = destination("shop")
    route(place)
    opened(NOON)
    assert "is run_notifier running?" not in client.get("/system/").content.decode()
    steps(place, NOON)
    Thread.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert "is run_notifier running?" in client.get("/system/").content.decode()


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_what_was_told_long_ago_is_removed_with_its_attempts_and_what_waits_is_not(pager, settings):
    place = destination("shop")
    route(place)
    over = opened(NOON)
    steps(place, NOON)
    act(over, "resolved", NOON, status="resolved", resolved_at=NOON)
    steps(place, NOON)
    kept = opened(NOON)
    pager.failures = [Passing("busy")]
    steps(place, NOON)
    settings.ALERT_DAYS = 36500
    out = io.StringIO()
    call_command("prune", stdout=out)
    assert "2 deliveries" in out.getvalue()
    assert "1 groups that were told of" in out.getvalue()
    assert set(Attempt.objects.values_list("delivery__alert", flat=True)) == {kept.pk}
