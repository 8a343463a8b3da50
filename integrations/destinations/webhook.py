"""A webhook of anybody's: JSON, signed as the Standard Webhooks say, the same key on every try."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.conf import settings as site_settings

from integrations import template
from integrations.destinations import wording
from integrations.destinations.kind import WITHHELD, Field, Notice, Pane, Receipt, Settings, Step
from integrations.destinations.trying import tried
from integrations.outbound import http
from integrations.outbound.addresses import Refused, target

PREFIX = "whsec_"


class Webhook:
    name = "webhook"
    label = "Webhook"
    fields: Sequence[Field] = (
        Field("url", "Address", "url", "Such as https://ops.example/alerts; told by POST.", required=True),
        Field("secret", "Secret", "secret", "signs each call: whsec_ and base64, or any text; none: not signed"),
        Field("token", "Bearer token", "secret", "sent as Authorization, where the other side asks for one"),
        Field("body", "Body", "template", "JSON with places such as {{ headline }}; the whole notice if empty."),
    )

    def check(self, settings: Settings) -> Mapping[str, str]:
        return {**wrong_url(settings.get("url", "")), **wrong_secret(settings), **wrong_body(settings)}

    def preview(self, settings: Settings, notice: Notice) -> Sequence[Pane]:
        said = body(notice, settings.get("body") or "")
        unsigned = {**settings, "secret": ""}
        head = headers(unsigned, notice.key, said, int(time.time())) | (
            {"webhook-signature": f"v1,{WITHHELD}"} if settings.get("secret") else {}
        )
        lines = [f"POST {settings.get('url') or '…'}", *(f"{name}: {value}" for name, value in head.items())]
        return [
            Pane("Headers", "\n".join(lines), "code"),
            Pane("Body", msgspec.json.format(said, indent=2).decode(), "code"),
        ]

    def test(self, settings: Settings) -> Iterator[Step]:
        said = msgspec.json.encode({"type": "test", "text": "StackLens can reach you"})
        yield tried("A call of type test is taken", lambda: post(settings, "test", said, int(time.time())))

    def tell(self, settings: Settings, notice: Notice) -> Receipt:
        answer = post(settings, notice.key, body(notice, settings.get("body") or ""), int(time.time()))
        return Receipt(f"answered {answer.status}")


def post(settings: Settings, key: str, said: bytes, at: int) -> http.Answer:
    secrets = [settings.get("secret") or "", settings.get("token") or ""]
    return http.call(settings["url"], said, headers(settings, key, said, at), conceal=secrets)


def headers(settings: Settings, key: str, said: bytes, at: int) -> dict[str, str]:
    """See https://www.standardwebhooks.com: the time is that of the try, the id that of the message."""
    made = {
        "Content-Type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "Idempotency-Key": key,
    }
    if secret := settings.get("secret"):
        made["webhook-signature"] = signature(secret, key, at, said)
    if token := settings.get("token"):
        made["Authorization"] = f"Bearer {token}"
    return made


def signature(secret: str, key: str, at: int, said: bytes) -> str:
    signed = hmac.new(key_of(secret), f"{key}.{at}.".encode() + said, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX)) if secret.startswith(PREFIX) else secret.encode()


def body(notice: Notice, template_text: str = "") -> bytes:
    """The notice, or what the template makes of it."""
    told = facts(notice)
    return msgspec.json.encode(template.fill_json(template.read_json(template_text), told) if template_text else told)


def facts(notice: Notice) -> dict[str, Any]:
    """What a body holds, and a template can name; ``alert`` is the first of ``alerts``."""
    site = notice.site.rstrip("/")
    alerts = [
        {**told.alert, "url": f"{site}{told.alert['url']}", "transitions": list(told.transitions)}
        for told in notice.alerts
    ]
    return {
        "type": "alerts",
        "key": notice.key,
        "thread": notice.thread,
        "state": wording.state(notice),
        "severity": wording.severity(notice),
        "headline": wording.headline(notice),
        "group": dict(notice.group),
        "alert": alerts[0],
        "alerts": alerts,
    }


def wrong_url(url: str, name: str = "url") -> dict[str, str]:
    try:
        target(url, site_settings.OUTBOUND_ALLOW)
    except Refused as refused:
        return {name: str(refused)}
    return {}


def wrong_secret(settings: Settings) -> dict[str, str]:
    secret = settings.get("secret") or ""
    try:
        return {"secret": "shorter than 16 bytes"} if secret and len(key_of(secret)) < 16 else {}
    except binascii.Error:
        return {"secret": f"what follows {PREFIX} is not base64"}


def wrong_body(settings: Settings) -> dict[str, str]:
    try:
        template.read_json(settings.get("body") or "{}")
    except template.Wrong as wrong:
        return {"body": str(wrong)}
    return {}
