"""Destinations, routes and deliveries in the admin: forms made of a kind's fields, secrets that stay in, once more."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from integrations.destinations.kind import Permanent
from integrations.models import Delivery, Destination, Route
from tests.alerts.mutes.events import NOON, opened
from tests.integrations.told import destination, pager, route, steps
from tests.staff import signed_in

__all__ = ["pager"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return signed_in("manager", "mia", is_staff=True)


def url(page, *args):
    return reverse(f"admin:integrations_{page}", args=args)


def errors(answer):
    return answer.context["adminform"].form.errors


def test_a_destination_is_made_of_its_kinds_fields_and_its_secret_never_comes_out_again(manager, pager):
    assert "?kind=page" in manager.get(url("destination_add")).content.decode()
    add = url("destination_add") + "?kind=page"
    asked = {"name": "Shop", "slug": "shop", "enabled": "on", "set_token": "open sesame"}
    assert list(errors(manager.post(add, asked))) == ["set_address"]
    assert manager.post(add, asked | {"set_address": "here"}).status_code == 302
    made = Destination.objects.get()
    assert made.opened() == {"address": "here", "token": "open sesame"}
    change = url("destination_change", made.pk)
    shown = manager.get(change).content.decode()
    assert "Set. Leave empty to keep it." in shown
    kept = {"name": "Shop", "slug": "shop", "enabled": "on", "set_address": "there", "set_token": ""}
    assert manager.post(change, kept).status_code == 302
    made.refresh_from_db()
    assert made.opened() == {"address": "there", "token": "open sesame"}
    history = manager.get(url("destination_history", made.pk)).content.decode()
    tried = manager.post(url("destination_try_it", made.pk)).content.decode()
    assert "passed" in tried
    assert "with [redacted]" in tried
    assert "sesame" not in shown + history + tried + manager.get(url("destination_changelist")).content.decode()
    assert manager.post(change, kept | {"remove_token": "on"}).status_code == 302
    made.refresh_from_db()
    assert made.sealed == {}
    assert [entry.change_message for entry in LogEntry.objects.order_by("id")] == [
        "made in the admin",
        "settings: {'address': 'here'} → {'address': 'there'}",
        "secrets: set anew",
    ]


def test_a_route_is_written_with_commas_and_a_page_says_where_an_alert_would_go(manager, pager):
    place = destination("shop")
    asked = {
        **{"name": "Errors", "slug": "errors", "position": 1, "enabled": "on", "time_zone": "UTC"},
        **{"severities": "error, warn", "services": "", "group_by": "service", "tells": "", "query": "count:>5"},
        **{"group_wait": 0, "group_interval": 0, "repeat_interval": 0, "destinations": [place.pk]},
    }
    assert list(errors(manager.post(url("route_add"), asked | {"severities": "loud"}))) == ["severities"]
    assert manager.post(url("route_add"), asked).status_code == 302
    made = Route.objects.get()
    assert (made.severities, list(made.destinations.all())) == (["error", "warn"], [place])
    assert "error, warn" in manager.get(url("route_change", made.pk)).content.decode()
    assert manager.post(url("route_change", made.pk), asked | {"group_wait": 5}).status_code == 302
    assert LogEntry.objects.latest("id").change_message == "group_wait: 0 → 5"
    alert = opened(count=5)
    said = manager.get(url("route_where_to"), {"alert": f"/alerts/{alert.pk}/"}).content.decode()
    assert "Nobody would be told." in said
    assert "✗ count:&gt;5" in said
    assert "✓ severity is error or warn" in said


def test_what_was_given_up_is_told_once_more(manager, pager):
    place = destination("shop")
    route(place)
    opened(NOON)
    pager.failures = [Permanent("unknown field")]
    steps(place, NOON)
    row = Delivery.objects.get()
    assert "unknown field" in manager.get(url("delivery_changelist")).content.decode()
    assert "unknown field" in manager.get(url("delivery_change", row.pk)).content.decode()
    again = {"action": "redeliver", "_selected_action": [row.pk]}
    assert manager.post(url("delivery_changelist"), again).status_code == 302
    row.refresh_from_db()
    assert row.state == "waiting"


def previewed(manager, kind, **form):
    answer = manager.post(f"{url('destination_preview')}?kind={kind}", {"preview_alert": "made-up", **form})
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("kind", "form", "shown"),
    [
        ("webhook", {"set_body": '{"text": "{{ headline }}"}', "set_secret": "long enough to sign"}, "v1,[secret]"),
        ("webhook", {"set_body": '{"text": "{{ headline }}"}'}, "text&quot;: &quot;PRICE_MISSING · checkout"),
        ("email", {"set_to": "a@example.com"}, "To: a@example.com"),
        ("email", {}, 'srcdoc="&lt;!doctype html&gt;'),
        ("slack", {}, "PRICE_MISSING (http"),
        ("teams", {}, "[ Open in StackLens ] http"),
        ("pagerduty", {}, "trigger: PRICE_MISSING · checkout"),
        ("jira", {"set_summary": "Broken: {{ service }}"}, "&lt;title&gt;Broken: checkout"),
        ("jira", {"set_fields": "Team: {{ issue_code }}"}, "&quot;Team&quot;: &quot;PRICE_MISSING&quot;"),
    ],
)
def test_what_would_be_sent_is_shown_before_anything_is_saved(manager, kind, form, shown):
    answer = previewed(manager, kind, **form)
    assert answer["errors"] == {}
    assert shown in answer["html"]
    assert "long enough" not in answer["html"]
    assert not Destination.objects.exists()


@pytest.mark.parametrize(
    ("kind", "name", "text", "why"),
    [
        ("webhook", "set_body", '{\n  "text": {{ headline }}}', "line 2, column 12: JSON is malformed"),
        ("webhook", "set_body", '{"a": 1,\n "b": "{{ x y }}"}', "line 2, column 8: no place at '{{ x y }}'"),
        ("jira", "set_summary", "{{ issue }}", "line 1, column 1: 'issue' is not known"),
        ("jira", "set_description", "## When\n- {{ frist_seen }}", "line 2, column 3: 'frist_seen' is not known"),
        ("jira", "set_fields", "Impact: {{ cuont }}", "Impact: line 1, column 1: 'cuont' is not known"),
    ],
)
def test_what_is_wrong_with_a_template_is_said_by_field_and_place(manager, kind, name, text, why):
    answer = previewed(manager, kind, **{name: text})
    assert list(answer["errors"]) == [name]
    assert answer["errors"][name]["message"].startswith(why)


def test_a_preview_is_of_the_alert_that_was_chosen_and_for_those_who_may_change_it(manager, client, pager):
    place = destination("shop")
    first, newest = opened(NOON, message="the first"), opened(NOON + timedelta(minutes=1), message="the newest")
    asked = {"set_address": "there", "set_token": "open sesame"}
    preview = f"{url('destination_preview')}?of={place.pk}"
    for chosen, shown in (("", newest), (first.pk, first), (newest.pk, newest)):
        said = manager.post(preview, asked | {"preview_alert": chosen}).json()["html"]
        assert shown.message in said
        assert "[secret]" in said
        assert "sesame" not in said
    client.force_login(User.objects.create_user("vic", is_staff=True))
    assert client.post(preview, asked).status_code == 403


@pytest.mark.parametrize("kind", ["webhook", "email", "slack", "teams", "pagerduty", "jira"])
def test_what_came_from_a_log_stays_text_in_a_preview(manager, kind):
    alert = opened(NOON, message="""'"></iframe><script>alert(1)</script>""")
    assert "<script" not in previewed(manager, kind, preview_alert=alert.pk)["html"]
