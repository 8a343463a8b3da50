"""The server: HTTP in front of the site, who may come in, and the door for what tests want to happen."""

import argparse
import base64
import json
import re
import socket
import struct
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.jira.faults import AFTER, HTML, Fault, Faults
from tests.servers.jira.shapes import Shapes
from tests.servers.jira.site import Request, Site, Wrong
from tests.servers.jira.store import Store
from tests.servers.jira.world import BOT, PEOPLE

ADDRESS = re.compile(r"/rest/api/(2|3|latest)/(.+)")
HOOKS = "/rest/webhooks/1.0/webhook"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, data: Path, cloud: bool, token: str) -> None:
        self.store = Store(data)
        self.site = Site(self.store, cloud)
        self.faults = Faults()
        self.asked: Counter[str] = Counter()
        self.cloud, self.token, self.url = cloud, token, f"http://127.0.0.1:{port}"
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked was killed meanwhile: that is what it is for."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path == "/control/":
            self.control(json.loads(body or b"{}"))
            return
        self.server.asked[f"{self.command} {re.sub(r'[A-Z]+-[0-9]+', 'KEY', path)}"] += 1
        fault = self.server.faults.of(f"{self.command} {path}")
        if fault is not None and fault.do not in AFTER:
            self.fail(fault)
            return
        status, told, headers = self.answered(path, body)
        if fault is not None:
            self.fail(fault)
            return
        self.send(status, b"" if told is None else json.dumps(told).encode(), headers)

    do_POST = do_PUT = do_DELETE = do_GET

    def answered(self, path: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if not self.authorised():
            told = {"errorMessages": ["You are not authenticated. Authentication required."], "errors": {}}
            return 401, told, {"WWW-Authenticate": 'Basic realm="Jira"', "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
        try:
            given: Any = json.loads(body) if body else None
        except ValueError:
            return 400, {"errorMessages": ["Unexpected character"]}, {}
        if path == HOOKS and self.command == "POST":
            return 201, {"self": f"{self.server.url}{HOOKS}/{self.server.store.hook(given)}", **given, "secret": ""}, {}
        found = ADDRESS.fullmatch(path)
        if found is None or (found[1] == "3" and not self.server.cloud):
            return 404, {"errorMessages": ["Not found"], "errors": {}}, {}
        version = found[1] if found[1] != "latest" else "2"
        query = joined(parse_qsl(urlsplit(self.path).query))
        shapes = Shapes(self.server.url, self.server.cloud, version)
        try:
            status, told = self.server.site.answer(Request(self.command, found[2], query, given, shapes))
        except Wrong as wrong:
            return wrong.status, wrong.body, {}
        return status, told, {}

    def authorised(self) -> bool:
        given = self.headers.get("Authorization", "")
        if not self.server.cloud:
            return given == f"Bearer {self.server.token}"
        return given == "Basic " + base64.b64encode(f"{BOT.email}:{self.server.token}".encode()).decode()

    def fail(self, fault: Fault) -> None:
        if fault.do.endswith("hang"):
            time.sleep(fault.seconds)
        if fault.do.endswith(("hang", "reset")):
            # closed without lingering: whoever waits is told by a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        elif fault.do.endswith("html"):
            self.send(fault.status, HTML.encode(), {"Content-Type": "text/html;charset=UTF-8"})
        elif fault.do == "redirect":
            self.send(302, b"", {"Location": "http://127.0.0.1:9/login.jsp"} | (fault.headers or {}))
        else:
            self.send(fault.status, json.dumps(fault.body or {"errorMessages": []}).encode(), fault.headers or {})

    def control(self, asked: dict[str, Any]) -> None:
        server = self.server
        if "faults" in asked:
            server.faults.set(asked["faults"])
        if "lag" in asked:
            server.store.lag = asked["lag"]
        if "rate" in asked:
            server.faults.rate = asked["rate"]
        if "denied" in asked:
            server.site.denied = asked["denied"]
        if "close" in asked:
            server.site.close(**asked["close"])
        if "hook" in asked:
            server.store.hook(asked["hook"])
        if "act" in asked:
            server.site.act(**asked["act"])
        if "person" in asked:
            server.site.acting = next(one.account for one in PEOPLE if one.name == asked["person"])
        with server.store.lock:
            told = {"issues": list(server.store.issues.values()), "asked": server.asked}
            body = json.dumps(told).encode()
        self.send(200, body, {})

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        lines = {"Content-Type": "application/json;charset=UTF-8", "Content-Length": str(len(body))} | headers
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        reason = self.responses.get(status, ("",))[0]
        try:
            self.wfile.write(f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode() + body)
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def log_message(self, format: str, *args: object) -> None:
        pass


def joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """What is given several times is one list: ``fields=a&fields=b`` is ``a,b``."""
    query: dict[str, str] = {}
    for name, value in pairs:
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--flavour", choices=("cloud", "datacenter"), default="cloud")
    parser.add_argument("--token", default="token", help="The API token, or the personal access token.")
    given = parser.parse_args()
    Server(given.port, given.data, given.flavour == "cloud", given.token).serve_forever()


if __name__ == "__main__":
    main()
