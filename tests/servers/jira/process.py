"""The stand-in as a process of its own, and what a test asks of it behind the scenes."""

import json
import sys
import urllib.request
from typing import Any

from tests.servers.server import Server
from tests.tools import ROOT

EMAIL, TOKEN = "bot@example.com", "ATATT-canary-3f9c1b7e"


class Jira(Server):
    """``url`` is the site's address. Its issues outlive stop, kill and restart."""

    name = "jira"
    flavour = "cloud"

    def __init__(self, flavour: str = "cloud") -> None:
        self.flavour = flavour
        super().__init__()

    def prepare(self) -> None:
        self.url = f"http://127.0.0.1:{self.ports[0]}"

    def command(self) -> list[str]:
        run = [sys.executable, "-m", "tests.servers.jira", "--port", str(self.ports[0]), "--data", str(self.folder)]
        return ["env", f"PYTHONPATH={ROOT}", *run, "--flavour", self.flavour, "--token", TOKEN]

    def control(self, **asked: Any) -> dict[str, Any]:
        """Set ``faults``, ``lag``, ``rate`` or act as a ``person``; gives the issues and how often what was asked."""
        request = urllib.request.Request(f"{self.url}/control/", json.dumps(asked).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
            return told

    def issues(self) -> list[dict[str, Any]]:
        return list(self.control()["issues"])

    def settings(self, **more: Any) -> dict[str, Any]:
        """What a destination of kind jira has to be set to be connected with it."""
        who = {"email": EMAIL} if self.flavour == "cloud" else {}
        return {"site": self.url, "flavour": self.flavour, "project": "SHOP", "token": TOKEN, **who, **more}
