"""Webhooks: each change is posted to whoever is registered, signed with their secret, several times if need be."""

import hashlib
import hmac
import json
import queue
import threading
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

from tests.servers.jira.store import Store

TRIES = 3


class Hooks:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.waiting: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self.run, daemon=True).start()

    def tell(self, event: str, body: dict[str, Any]) -> None:
        if self.store.hooks:
            self.waiting.put({"timestamp": int(time.time() * 1000), "webhookEvent": event, **body})

    def run(self) -> None:
        while True:
            body = self.waiting.get()
            for hook in list(self.store.hooks.values()):
                if not hook.get("events") or body["webhookEvent"] in hook["events"]:
                    post(hook, json.dumps(body).encode(), str(uuid.uuid4()))


def post(hook: dict[str, Any], body: bytes, name: str) -> None:
    headers = {"Content-Type": "application/json", "X-Atlassian-Webhook-Identifier": name}
    if secret := hook.get("secret"):
        headers["X-Hub-Signature"] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    for retry in range(TRIES):
        if retry:
            headers["X-Atlassian-Webhook-Retry"] = str(retry)
        try:
            urllib.request.urlopen(urllib.request.Request(hook["url"], body, headers), timeout=10).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        time.sleep(0.2)
