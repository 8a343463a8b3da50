"""The pages without a browser: who may see them, what they show, and that nothing from outside becomes markup."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.detail import marked
from alerts.models import Transition
from alerts.plots import spark
from search.models import RawLog
from tests.alerts.test_live_socket import change, make_alert

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("ada"))
    return client


@pytest.mark.parametrize(
    "path", ["/", "/system/", "/system/panel/", "/alerts/rows/", "/alerts/histogram/", "/traces/a/alerts/"]
)
def test_pages_ask_for_a_login(client, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_an_empty_dashboard_says_how_to_make_the_first_alert(ada):
    page = ada.get("/").content.decode()
    assert "No alert yet" in page
    assert "curl http://testserver/api/ingest/log" in page


def test_unresolved_alerts_come_first_and_old_resolved_ones_are_left_out(ada):
    now = timezone.now()
    make_alert(issue_code="DONE", status="resolved", fingerprint="a", resolved_at=now)
    make_alert(issue_code="STILL", fingerprint="b", last_seen=now - timedelta(days=9))
    old = now - timedelta(days=9)
    make_alert(issue_code="LONG_AGO", status="resolved", fingerprint="c", last_seen=old, resolved_at=old)
    page = ada.get("/").content.decode()
    assert page.index("STILL") < page.index("DONE")
    assert "LONG_AGO" not in page


def test_a_range_drawn_by_hand_shows_what_was_there_then(ada):
    now = timezone.now()
    make_alert(
        issue_code="THEN", fingerprint="a", first_seen=now - timedelta(days=3), last_seen=now - timedelta(days=2)
    )
    make_alert(issue_code="NOW", fingerprint="b")
    chosen = {"from": (now - timedelta(days=4)).isoformat(), "to": (now - timedelta(days=1)).isoformat()}
    page = ada.get("/", chosen).content.decode()
    assert "THEN" in page
    assert ">NOW<" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "x", "to": "y"},
        {"range": "99y"},
        {"status": "x"},
        {"from": "2026-13-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    ],
)
def test_an_address_that_makes_no_sense_is_taken_as_none(ada, wrong):
    assert ada.get("/", wrong).status_code == 200


def test_the_filter_is_the_query_language_and_says_where_it_is_wrong(ada):
    make_alert(issue_code="HERE", fingerprint="a")
    make_alert(issue_code="THERE", service="mail", fingerprint="b")
    page = ada.get("/", {"q": "service:catalog"}).content.decode()
    assert "HERE" in page
    assert ">THERE<" not in page
    page = ada.get("/", {"q": "severity:error AND colour:red"}).content.decode()
    assert "colour" in page
    assert "at character 20" in page
    assert "<mark>" in page


def test_rows_that_the_filter_would_hide_are_marked(ada):
    one, two = make_alert(fingerprint="a"), make_alert(fingerprint="b", service="mail")
    drawn = ada.get("/alerts/rows/", {"q": "service:mail", "ids": f"{one.id},{two.id},nonsense"}).content.decode()
    assert f'data-id="{one.id}" data-status="open" data-assignee="" data-off' in drawn
    assert f'data-id="{two.id}" data-status="open" data-assignee="">' in drawn


def test_who_acknowledged_it_is_on_it(ada):
    alert = make_alert(status="acknowledged")
    number = change(alert, "acknowledged")
    Transition.objects.filter(seq=number).update(by="grace")
    assert "grace" in ada.get("/alerts/rows/", {"ids": alert.id}).content.decode()


NASTY = "<script>alert(1)</script>\x1b[31m'\"><img src=x onerror=alert(1)>"


def test_what_comes_from_outside_is_text_and_control_characters_are_symbols(ada):
    now = timezone.now()
    log = RawLog.objects.create(
        id="l1", timestamp=now, received_at=now, service=NASTY, level="error", message=NASTY, pattern=""
    )
    alert = make_alert(
        message=NASTY,
        service=NASTY,
        issue_code=NASTY[:90],
        suggested_fix=NASTY,
        related_logs=[log.pk],
        group={NASTY: NASTY},
    )
    for path in ("/", f"/alerts/{alert.id}/", f"/alerts/{alert.id}/panel/", f"/alerts/rows/?ids={alert.id}"):
        page = ada.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\x1b" not in page
        assert "␛" in page


def test_the_panel_of_an_alert_without_evidence_or_rule_is_shown(ada):
    alert = make_alert(evidence={}, related_logs=["gone"])
    page = ada.get(f"/alerts/{alert.id}/panel/").content.decode()
    assert "no longer kept" in page


def test_a_trace_shows_the_alerts_that_came_of_it(ada):
    make_alert(issue_code="ITS_OWN", related_trace_id="ab" * 16, fingerprint="a", message="<script>")
    make_alert(issue_code="ANOTHER", related_trace_id="cd" * 16, fingerprint="b")
    page = ada.get(f"/traces/{'AB' * 16}/alerts/").content.decode()
    assert "ITS_OWN" in page
    assert "ANOTHER" not in page
    assert "&lt;script&gt;" in page
    assert ada.get("/traces/none/alerts/").content.decode().strip() == ""


def test_an_unknown_alert_is_404(ada):
    assert ada.get("/alerts/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_pages_carry_a_strict_policy_and_no_inline_code(ada):
    answer = ada.get("/")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    page = answer.content.decode()
    assert " style=" not in page
    assert " onclick=" not in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ('"connection refused"', ["connection", "refused"]),
        ("timeout AND NOT retried", ["timeout"]),
        ("level:error", []),
        ("(((", []),
    ],
)
def test_only_words_that_a_rule_looks_for_are_marked(query, words):
    assert sorted(set(marked(query, "logs"))) == words


def test_a_sparkline_is_as_high_as_the_count_grew_fast():
    bars = spark([(0, 0), (10, 0), (20, 30)], 2)
    assert [height for _, _, height in bars] == [1.0, 16.0]
