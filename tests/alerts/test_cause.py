"""From an alert towards its cause: what is found is what happened, and what can't be asked says so beside the rest."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.cause import Times, times_of
from alerts.firing import firing
from alerts.models import Counter, Rule, Transition
from search.api.stored import nanoseconds
from search.backends import Away, sql
from search.slices import slices
from search.store import save
from telemetry.records import LogRecord, Span
from tests.alerts.test_live_socket import make_alert

pytestmark = pytest.mark.django_db
TRACE = "c" * 32


@pytest.fixture
def ada(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("ada"))
    return client


@pytest.fixture
def began():
    return (timezone.now() - timedelta(minutes=5)).replace(second=0, microsecond=0)


@pytest.fixture
def alert(began):
    """The catalogue served for ten minutes; then its new version found no database, and the mail went on as before."""
    logs = [
        log(number, "catalog", began + timedelta(seconds=number - 600), "order served", "info", app_version="1.4.2")
        for number in range(600)
    ]
    logs += [
        log(600 + number, "catalog", began + timedelta(seconds=number), "connection <b>refused</b> by db", "error",
            app_version="1.4.3", error_code="DB_DOWN", trace_id=TRACE, attrs={"pool": {"free": 0}})
        for number in range(50)
    ]  # fmt: skip
    logs += [log(900 + n, "mail", began + timedelta(seconds=n - 600), "sent", "info") for n in range(0, 660, 10)]
    at = nanoseconds(began)
    span = Span(
        timestamp=at, duration_ns=10**7, service="catalog", name="GET /products", trace_id=TRACE, span_id="d" * 16,
        status="error", id="otel-traces-0-1-0", received_at=at,
    )  # fmt: skip
    save(logs, [span], [])
    Rule(slug="refused", name="R", query="refused AND level:error", group_by=["service"]).save()
    evidence = {"window_start": began.isoformat(), "window_end": (began + timedelta(seconds=50)).isoformat()}
    return make_alert(
        rule_slug="refused", group={"service": "catalog"}, evidence=evidence, related_trace_id=TRACE,
        related_logs=[one.id for one in logs[600:603]], first_seen=began, last_seen=began + timedelta(seconds=50),
    )  # fmt: skip


def log(number, service, at, message, level, **more):
    moment = nanoseconds(at)
    return LogRecord(
        id=f"otel-logs-0-{number}-0", timestamp=moment, received_at=moment, service=service, message=message,
        pattern=message, level=level, **more,
    )  # fmt: skip


def test_what_has_changed_in_the_service_is_what_happened(ada, alert):
    said = ada.get(f"/api/v1/alerts/{alert.id}/cause/").json()
    assert {(one["field"], one["value"]) for one in said["changes"]["results"]} == {
        ("pattern", "connection <b>refused</b> by db"),
        ("level", "error"),
        ("error_code", "DB_DOWN"),
        ("app_version", "1.4.3"),
        ("attrs.pool.free", "0"),
    }
    assert all(one["evidence"] for one in said["changes"]["results"])
    counts = {(one["now"], one["of_now"], one["before"], one["of_before"]) for one in said["changes"]["results"]}
    assert counts == {(50, 50, 0, 600)}
    assert said["changes"]["now"] == {"records": 50, "sampled": 50, "complete": True}
    assert said["query"] == "(refused AND level:error) AND service:catalog"
    assert sum(one["total"] for one in said["histogram"]["results"]) == 50
    assert (said["trace"]["spans"], said["trace"]["errors"], said["trace"]["services"]) == (1, 1, ["catalog"])


def test_all_services_are_compared_when_asked(ada, alert):
    said = ada.get(f"/api/v1/alerts/{alert.id}/cause/?scope=all").json()
    assert (said["scope"], said["changes"]["now"]["records"], said["changes"]["before"]["records"]) == ("all", 56, 660)
    assert ada.get(f"/api/v1/alerts/{alert.id}/cause/?scope=some").status_code == 400


def test_the_page_shows_it_escaped_and_marks_when_it_fired(ada, alert):
    page = ada.get(f"/alerts/{alert.id}/cause/").content.decode()
    assert "connection &lt;b&gt;refused&lt;/b&gt; by db" in page
    assert '<rect class="firing"' in page
    assert "in all evidence" in page
    assert f'href="/traces/{TRACE}/#s-{"d" * 16}"' in page
    assert "service%3Acatalog%20AND%20app_version%3A1.4.3" in page
    assert f'data-cause="{alert.id}"' in ada.get(f"/alerts/{alert.id}/").content.decode()


def test_similar_ones_are_told_with_how_they_ended(ada, alert):
    then = timezone.now() - timedelta(days=2)
    old = {"created_at": then, "first_seen": then, "last_seen": then}
    same = make_alert(
        rule_slug="refused", fingerprint=alert.fingerprint, status="resolved", verdict="real",
        resolved_at=then + timedelta(minutes=9), related_logs=alert.related_logs[:1], **old,
    )  # fmt: skip
    for kind, by, reason in (("resolved", "grace", "database was full"), ("commented", "ada", "see the volume's size")):
        seq = Counter.take("transitions")
        Transition.objects.create(seq=seq, alert=same, kind=kind, at=then, by=by, reason=reason)
    other = make_alert(rule_slug="else", issue_code="ELSE", fingerprint="other", **old)
    make_alert(rule_slug="x", issue_code="X", service="mail", fingerprint="unlike", **old)
    found = ada.get(f"/api/v1/alerts/{alert.id}/cause/").json()["similar"]
    assert [(one["id"], one["alike"]) for one in found] == [
        (str(same.id), ["rule and group", "pattern"]),
        (str(other.id), ["service"]),
    ]
    names = ("resolved_by", "reason", "comments", "lasted", "verdict")
    ended = ("grace", "database was full", ["see the volume's size"], 540, "real")
    assert tuple(found[0][name] for name in names) == ended
    assert "resolved by grace after 9 min" in ada.get(f"/alerts/{alert.id}/cause/").content.decode()


def test_where_records_cannot_be_searched_the_rest_is_there(ada, alert, monkeypatch):
    def away(*_):
        raise Away("Elasticsearch can't be searched now: refused")

    monkeypatch.setattr(sql.SqlBackend, "run", away)
    monkeypatch.setattr(sql.SqlBackend, "of_trace", away)
    then = timezone.now() - timedelta(days=1)
    make_alert(rule_slug="refused", fingerprint="b", status="resolved", resolved_at=then, created_at=then)
    said = ada.get(f"/api/v1/alerts/{alert.id}/cause/").json()
    assert {said[part]["trouble"] for part in ("histogram", "changes", "trace")} == {
        "Elasticsearch can't be searched now: refused"
    }
    assert len(said["similar"]) == 1
    page = ada.get(f"/alerts/{alert.id}/cause/").content.decode()
    assert page.count("Elasticsearch can&#x27;t be searched now: refused") == 3
    assert "resolved by itself" in page


def test_an_alert_of_which_nothing_is_kept_says_so(ada):
    alert = make_alert(rule_slug="gone", related_logs=["otel-logs-0-1-0"], related_trace_id=TRACE)
    page = ada.get(f"/alerts/{alert.id}/cause/").content.decode()
    assert "No logs are kept of that time" in page
    assert "Nothing of it is kept" in page


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("fired", "seen", "expected"),
    [  # minutes: of the window, of the first and the last record; before, since, until, after
        ((0, 0), (0, 0), (-10, 0, 1, 1.5)),
        ((0, 5), (1, 3), (-25, 0, 5, 7.5)),
        ((0, 5), (1, 600), (-300, 0, 60, 90)),
        ((2, 2), (0, 1), (-10, 0, 2, 3)),
    ],
)
def test_a_time_is_compared_with_a_longer_one_before(began, fired, seen, expected):
    start, end = ((began + MINUTE * part).isoformat() for part in fired)
    first, last = (began + MINUTE * part for part in seen)
    alert = make_alert(evidence={"window_start": start, "window_end": end}, first_seen=first, last_seen=last)
    assert times_of(alert) == Times(*(began + MINUTE * part for part in expected))


def test_the_firing_time_is_marked_where_it_lies(began):
    made = slices(began, began + 60 * MINUTE, 60, ["error"]).all
    marked = firing(made, began + 15 * MINUTE, began + 30 * MINUTE)
    assert (marked.x, marked.width) == (300, 300)
    assert firing(made, began + 90 * MINUTE, began + 91 * MINUTE).x == 1200
