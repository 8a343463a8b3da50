"""An alert, a destination of kind jira, and what is told of them to a site that answers."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from alerts import lifecycle
from alerts.analyse import fingerprint
from alerts.event import alert_event
from alerts.models import Alert, Transition
from integrations.destinations import KINDS
from integrations.destinations.kind import Notice, Told
from integrations.jira.client import close_clients
from integrations.models import Destination
from integrations.outbound.addresses import allowed
from search.models import RawLog

SITE = "https://stacklens.example.com"
BEGUN = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)


class Desk:
    """Alerts that happen, and the destination that hears of them."""

    def __init__(self, server, **settings):
        self.server = server
        given = server.settings(lag_seconds=2, **settings)
        self.destination = Destination(slug="jira", name="Jira", kind="jira")
        self.destination.put({name: given.pop(name) for name in ("token", "webhook_secret") if name in given})
        self.destination.settings = given
        self.destination.save()
        # a group of its own for each test: the site is the same for all
        self.group = {"service": "checkout", "run": uuid.uuid4().hex}

    def alert(self, episode=1, **fields):
        group = self.group
        log = RawLog.objects.get_or_create(
            id="logs-0-1-0",
            defaults={
                "timestamp": BEGUN,
                "received_at": BEGUN,
                "service": "checkout",
                "level": "error",
                "message": "Product price is null {code}",
                "app_version": "1.4.2",
                "environment": "production",
            },
        )[0]
        return Alert.objects.create(
            fingerprint=fingerprint("price-missing", group),
            rule_slug="price-missing",
            rule_version=1,
            group=group,
            service="checkout",
            issue_code="PRICE_MISSING",
            severity="error",
            message="Product price is null or missing",
            suggested_fix="Load the prices again",
            count=3,
            first_seen=BEGUN,
            last_seen=BEGUN + timedelta(minutes=1),
            created_at=timezone.now(),
            related_logs=[log.pk],
            episode=episode,
            **fields,
        )

    def happen(self, alert, kind, **fields):
        """A transition of the alert, as the worker or a person makes it; and it is told."""
        Alert.objects.filter(pk=alert.pk).update(**fields)
        alert.refresh_from_db()
        transition = lifecycle.change(
            alert, kind, timezone.now(), uuid.uuid4().hex, "ada", fields.get("message", "why")
        )
        lifecycle.publish([transition])
        return self.tell(alert, transition)

    def tell(self, alert, *transitions):
        alert = Alert.objects.select_related("assignee").get(pk=alert.pk)
        told = Told(alert_event(alert), [shape(one) for one in transitions])
        notice = Notice("key", "thread", {}, [told], SITE, None, self.destination.slug)
        return KINDS["jira"].tell(self.destination.opened(), notice).answer

    def issues(self):
        """Those of this test."""
        label = "stacklens-" + fingerprint("price-missing", self.group)[:32]
        return [one for one in self.server.issues() if any(name.startswith(label) for name in one["labels"])]


def shape(transition: Transition):
    return {
        "kind": transition.kind,
        "at": transition.at.isoformat(),
        "by": transition.by,
        "reason": transition.reason,
        "data": transition.data,
        "seq": transition.seq,
    }


@pytest.fixture(autouse=True)
def reachable(settings):
    settings.OUTBOUND_ALLOW = allowed(["127.0.0.1"])


@pytest.fixture
def desk(jira):
    yield Desk(jira)
    close_clients()


@pytest.fixture
def desk_with(jira):
    yield lambda **settings: Desk(jira, **settings)
    close_clients()
