"""The API's description is its behaviour: whatever is sent, the answer is one that is documented, and as documented."""

import json
import random
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from alerts.models import Rule

pytestmark = pytest.mark.django_db
NOWHERE = "00000000-0000-0000-0000-000000000001"
TEXTS: list[Any] = ["", "\0", "a" * 5000, "ünï", "2026-01-01T00:00:00Z", "(", "level:error", "service:[1 TO", "9" * 400]
JUNK: list[Any] = [*TEXTS, None, 0, -1, 1.5, 10**30, [], {}, [1], {"a": 1}, True]
FIELDS = (
    *("slug", "name", "query", "type", "config", "group_by", "severity", "issue", "records", "signal", "enabled"),
    *("confidence", "lateness", "reopen_within", "message", "reason", "text"),
    *("starts_at", "ends_at", "first_day", "begins", "minutes", "time_zone", "recurrence", "source", "target", "equal"),
)


def description() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    validate_schema(found)
    return json_schema(json.loads(json.dumps(found)))  # type: ignore[no-any-return]


def json_schema(part: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` as JSON Schema says it."""
    if isinstance(part, list):
        return [json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    inner = {name: json_schema(value) for name, value in part.items() if name != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if part.get("nullable") is True else inner


def wrong(answer: Any, operation: dict[str, Any], components: dict[str, Any]) -> str:
    """What is not as documented, empty if nothing is."""
    documented = operation["responses"].get(str(answer.status_code))
    if documented is None:
        return f"{answer.status_code} is not documented: {answer.content[:200]!r}"
    if "application/json" not in documented.get("content", {}):
        return ""
    schema = {**documented["content"]["application/json"]["schema"], "components": components}
    return "; ".join(error.message for error in Draft202012Validator(schema).iter_errors(answer.json()))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_sent_the_answer_is_as_documented(seed):
    chance = random.Random(seed)
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root"))
    Rule(slug="price", name="Price", query="error_code:PRICE_MISSING").save()
    schema = description()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items() if path.startswith("/api/v1/") else ():
            for _ in range(6):
                url, body = request(path, operation, chance)
                answer = client.generic(method.upper(), url, body, content_type="application/json")
                assert not (found := wrong(answer, operation, schema["components"])), (method, url, body, found)


def request(path: str, operation: dict[str, Any], chance: random.Random) -> tuple[str, str]:
    address = re.sub(r"\{(\w+)\}", lambda name: {"id": NOWHERE, "slug": "price"}.get(name[1], "x"), path)
    names = [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    asked = {name: chance.choice(TEXTS) for name in names if chance.random() < 0.3}
    if "requestBody" not in operation:
        return f"{address}?{urlencode(asked)}", ""
    whole = chance.random() < 0.3
    body = chance.choice(JUNK) if whole else {name: chance.choice(JUNK) for name in FIELDS if chance.random() < 0.3}
    return f"{address}?{urlencode(asked)}", json.dumps(body)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_an_address_that_leads_nowhere_is_404_in_json(method):
    client = Client()
    client.force_login(User.objects.create_user("ada"))
    answer = getattr(client, method)("/api/v1/alerts/no-uuid/")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is nothing at this address")
