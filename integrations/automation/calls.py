"""The exact call that an action makes for an alert, and the hash by which it is approved. Pure."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from integrations import template

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
VALUE, PARAMETERS = 500, 20
KNOWN = frozenset({"alert"})


class Spec(NamedTuple):
    """An action as far as its call depends on it. ``parameters``: by name a text with places."""

    name: str
    kind: str
    url: str
    command: str
    parameters: Mapping[str, str]


def call_of(spec: Spec, alert: Mapping[str, Any]) -> dict[str, Any]:
    """``alert`` as alerts.event gives it. The same for the same, so that it can be made again and compared."""
    values = {name: filled(text, alert) for name, text in sorted(spec.parameters.items())}
    if spec.kind == "command":
        return {"command": [spec.command, *(f"--{name}={value}" for name, value in values.items())]}
    about = {"id": alert["id"], "issue_code": alert["issue_code"], "url": alert["url"]}
    return {"url": spec.url, "body": {"type": "action", "action": spec.name, "parameters": values, "alert": about}}


def filled(text: str, alert: Mapping[str, Any]) -> str:
    """On one line: what an alert holds came from outside."""
    return " ".join(template.fill(text, {"alert": alert}, VALUE).split())[:VALUE]


def hash_of(call: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(call, order="sorted")).hexdigest()


def in_words(call: Mapping[str, Any]) -> str:
    """To be read by a person, every sign of it."""
    if "command" in call:
        return "manage.py " + " ".join(quoted(part) for part in call["command"])
    body = msgspec.json.format(msgspec.json.encode(call["body"], order="sorted"), indent=2).decode()
    return f"POST {call['url']}\n{body}"


def quoted(part: str) -> str:
    return part if re.fullmatch(r"[\w./:=@-]+", part) else "'" + part.replace("'", "'\\''") + "'"


def wrong(parameters: Any) -> str:
    """What is wrong with the parameters; empty if nothing is."""
    if not isinstance(parameters, dict) or not all(isinstance(text, str) for text in parameters.values()):
        return 'an object of texts, for example {"service": "{{ alert.service }}"}'
    if len(parameters) > PARAMETERS:
        return f"more than {PARAMETERS}"
    for name, text in parameters.items():
        if not NAME.fullmatch(name):
            return f"{name!r} is no name: small letters, digits and -"
        try:
            template.check(text, KNOWN)
        except template.Wrong as error:
            return f"{name}: {error}"
    return ""
