"""From a log to the action that mends it: asked for, approved by a person, called once, seen to have worked."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.integrations.listener import listening
from tests.journeys.product import Product
from tests.tools import ROOT

NAME = "retry_with_fallback_price"  # what the default rule for PRICE_MISSING names
PEOPLE = f"""
from django.contrib.auth.models import Group, User
from accounts.models import ApiToken
from integrations.models import Action
from telemetry.secrets import new_secret
action = Action(name="{NAME}", url="%s/fallback", parameters={{"service": "{{{{ alert.service }}}}"}}, mode="approve")
action.changed_by = "mia"
action.put("0123456789abcdef")
action.save()
for name in ("mia", "sue"):
    user = User.objects.create_user(name)
    user.groups.add(Group.objects.get(name="responder"))
    secret, prefix, digest = new_secret("slt")
    ApiToken.objects.create(user=user, name="test", prefix=prefix, digest=digest, scope="act")
    print(secret)
"""


@pytest.fixture(scope="module")
def listener():
    with listening() as server:
        yield server


@pytest.fixture(scope="module")
def product(migrated, tmp_path_factory, listener):
    allowed = f"127.0.0.1:{listener.port}"
    running = Product(tmp_path_factory.mktemp("product"), migrated, STACKLENS_OUTBOUND_ALLOW=allowed)
    running.start()
    yield running
    running.stop()


def ask(product: Product, path: str, token: str = "", body: Any = None) -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"{product.web_url}{path}", data, headers), timeout=30
        ) as one:
            return json.load(one)
    except urllib.error.HTTPError as error:
        return error.code


def when(look, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.2)
    return found


def test_an_action_is_approved_by_another_person_called_once_and_seen_to_have_worked(product, listener):
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", PEOPLE % listener.url]
    made = subprocess.run(command, cwd=ROOT, env=product.environment, check=True, capture_output=True, text=True)
    mia, sue = made.stdout.split()
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    log = {
        "timestamp": at,
        "service": "checkout",
        "level": "error",
        "error_code": "PRICE_MISSING",
        "message": "no price",
    }
    ask(product, "/api/ingest/log", body=log)
    waiting = "/api/v1/action-runs/?state=waiting"
    (run,) = when(lambda: ask(product, waiting, sue)["results"])
    alert = f"/api/v1/alerts/{run['alert']}/"
    approval = {"run": run["id"], "call_hash": run["call_hash"]}
    assert ask(product, f"{alert}action/approve/", mia, approval) == 403
    assert ask(product, f"{alert}action/approve/", sue, approval | {"call_hash": "0" * 64}) == 409
    assert ask(product, f"{alert}action/approve/", sue, approval)["state"] == "approved"
    when(lambda: ask(product, "/api/v1/action-runs/?state=ran", sue)["results"])
    ask(product, f"{alert}resolve/", sue, {})
    when(lambda: ask(product, "/api/v1/action-runs/?state=worked", sue)["results"])
    (called,) = listener.asked
    assert (called.path, called.json["parameters"]) == ("/fallback", {"service": "checkout"})
    assert called.headers["webhook-signature"].startswith("v1,")
    kinds = [one["kind"] for one in ask(product, f"{alert}transitions/", sue)["results"]]
    told = [kind for kind in kinds if kind.startswith("action")]
    assert sorted(told) == sorted(["action_asked", "action_approved", "action_ran", "action_worked"])
