"""Something of everything for test_move_data.py, which runs this inside `manage.py shell`."""

from django.contrib.auth.models import Group, User
from django.utils import timezone

from alerts.models import Alert, Counter, IssueCode, Rule, RuleWindow, Transition
from ingest.models import DeadLetter, IngestKey, Offset, QueueMessage, QueuePartition
from integrations.models import Attempt, Circuit, Delivery, Destination, Member, Route, StreamPosition, Thread
from search import store
from telemetry.records import LogRecord, MetricPoint, Span

now = timezone.now()
ns = int(now.timestamp()) * 10**9
day = 86_400 * 10**9

ada = User.objects.create_user("ada", password="correct horse")
ada.groups.add(Group.objects.get(name="responder"))

IssueCode(code="X", title="X").save()
rule = Rule(slug="r", name="R", query="level:error", issue_id="X")
rule.save()
rule.save()  # a second version
RuleWindow.objects.create(fingerprint="f", rule_slug="r", axis="logs.event", state="{}")
alert = Alert(fingerprint="f", rule_slug="r", rule_version=1, issue_code="X", severity="error", message="m")
alert.first_seen = alert.last_seen = alert.created_at = now
alert.assignee, alert.group = ada, {"b": 1, "a": [1e300, 1e16, 0.1, None, "ü"]}
alert.save()
Alert.objects.create(
    fingerprint="f", rule_slug="r", rule_version=1, issue_code="X", severity="error", message="m", status="resolved",
    first_seen=now, last_seen=now, created_at=now, previous=alert,
)  # fmt: skip
Transition.objects.create(seq=1, alert=alert, kind="opened", at=now)
Counter.objects.create(name="transitions", value=1)

IngestKey.objects.create(name="k", prefix="p", digest="d" * 64)
DeadLetter.objects.create(id="d", reason="malformed", error="e", payload="p", received_at=now)
Offset.objects.create(topic="otel-logs", partition=0, next=7, event_high=ns, received_high=ns)
QueuePartition.objects.create(topic="otel-logs", partition=0, next_offset=8)
QueueMessage.objects.create(topic="otel-logs", partition=0, offset=7, received_at=ns, size=3, value=b"\x00\xff\\")

for number in range(3):
    at = ns - number * day
    logs = [
        LogRecord(
            id=f"otel-logs-0-{number}-{index}", timestamp=at, received_at=at, service="s", level="info",
            message="a\tb\n\\N", attrs={"n": 1e20},
        )
        for index in range(3000)
    ]  # fmt: skip
    span = Span(
        id=f"s{number}", timestamp=at, received_at=at, service="s", name="n", trace_id="0" * 32, span_id="1" * 16,
        duration_ns=1,
    )  # fmt: skip
    point = MetricPoint(id=f"m{number}", timestamp=at, received_at=at, service="s", name="n", kind="gauge", value=0.1)
    store.save(logs, [span], [point])

shop = Destination(slug="shop", name="Shop", kind="webhook", settings={"url": "https://shop.example.com"})
shop.put({"token": "open sesame"})
shop.save()
route = Route.objects.create(slug="all", name="All")
route.destinations.add(shop)
thread = Thread.objects.create(destination=shop, route=route, key="k", group={"rule": "r"}, begun_at=now, due_at=now)
Member.objects.create(thread=thread, destination=shop, alert=alert)
delivery = Delivery.objects.create(
    destination=shop, transition=alert.transitions.get(), alert=alert, seq=1, thread=thread, planned_at=now
)
Attempt.objects.create(delivery=delivery, notice="n", at=now, seconds=0.1, outcome="passing", words="busy")
Circuit.objects.create(destination=shop, failures=1, words="busy")
StreamPosition.objects.create(name="routes", seq=1)
