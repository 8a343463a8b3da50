"""PagerDuty: an incident for each group, by Events v2: triggered, acknowledged, resolved under one key."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from integrations.destinations import wording
from integrations.destinations.kind import WITHHELD, Field, Notice, Pane, Receipt, Settings, Step
from integrations.destinations.trying import tried
from integrations.destinations.webhook import wrong_url
from integrations.outbound import http

EVENTS = "https://events.pagerduty.com/v2/enqueue"
# as PagerDuty documents them: https://developer.pagerduty.com/docs/send-alert-event
SUMMARY, KEY, ALERTS = 1024, 255, 50
SEVERITIES = {"error": "error", "warn": "warning", "info": "info"}
ACTIONS = {"firing": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}


class PagerDuty:
    name = "pagerduty"
    label = "PagerDuty"
    fields: Sequence[Field] = (
        Field("routing_key", "Integration key", "secret", "of an Events API v2 integration", required=True),
        Field("url", "Address", "url", "https://events.eu.pagerduty.com/v2/enqueue in the EU", default=EVENTS),
    )

    def check(self, settings: Settings) -> Mapping[str, str]:
        key = settings.get("routing_key") or ""
        wrong = {} if len(key) == 32 and key.isalnum() else {"routing_key": "32 letters and digits"}
        return {**wrong, **wrong_url(settings.get("url") or EVENTS)}

    def preview(self, settings: Settings, notice: Notice) -> Sequence[Pane]:
        said = event(notice)
        summary = said.get("payload", {}).get("summary", "")
        words = f"{said['event_action']}: {summary}" if summary else f"{said['event_action']} what was triggered before"
        sent = msgspec.json.encode({"routing_key": WITHHELD, **said})
        return [Pane("As it reads", words), Pane("As it is sent", msgspec.json.format(sent, indent=2).decode(), "code")]

    def test(self, settings: Settings) -> Iterator[Step]:
        # what was never triggered can be resolved: nobody hears of it, and the key is looked at
        said = {"event_action": "resolve", "dedup_key": "stacklens-test"}
        yield tried("The key is taken", lambda: post(settings, said))

    def tell(self, settings: Settings, notice: Notice) -> Receipt:
        return Receipt(post(settings, event(notice)))


def post(settings: Settings, said: Mapping[str, Any]) -> str:
    key = settings["routing_key"]
    body = msgspec.json.encode({"routing_key": key, **said})
    headers = {"Content-Type": "application/json"}
    answer = http.call(settings.get("url") or EVENTS, body, headers, conceal=[key])
    return f"answered {answer.status}: {said['event_action']}"


def event(notice: Notice) -> dict[str, Any]:
    made: dict[str, Any] = {"event_action": ACTIONS[wording.state(notice)], "dedup_key": dedup_key(notice.thread)}
    return made | {"payload": payload(notice)} | links(notice) if made["event_action"] == "trigger" else made


def payload(notice: Notice) -> dict[str, Any]:
    lines, more = wording.lines(notice, ALERTS)
    first = notice.alerts[0].alert
    return {
        "summary": wording.cut(wording.headline(notice), SUMMARY),
        "source": first["service"] or "StackLens",
        "severity": SEVERITIES[wording.severity(notice)],
        "timestamp": min(told.alert["first_seen"] for told in notice.alerts),
        "component": first["service"],
        "group": wording.cut(wording.named(notice.group), 200),
        "class": first["issue_code"],
        "custom_details": {"alerts": [details(line) for line in lines], "not_shown": more},
    }


def details(line: wording.Line) -> dict[str, Any]:
    told = line._asdict()
    return {name: wording.cut(value, 500) if isinstance(value, str) else value for name, value in told.items()}


def links(notice: Notice) -> dict[str, Any]:
    lines, _ = wording.lines(notice, ALERTS)
    return {
        "client": "StackLens",
        "client_url": lines[0].url,
        "links": [{"href": line.url, "text": wording.cut(line.code, 100)} for line in lines],
    }


def dedup_key(thread: str) -> str:
    """The same for the whole life of the group; what is too long is hashed, so that no two become one."""
    return thread if len(thread) <= KEY else hashlib.sha256(thread.encode()).hexdigest()
