"""A real HTTP server in front of Elasticsearch that refuses a share of what comes, as an overloaded one does."""

import json
import random
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOO_MANY = {"type": "es_rejected_execution_exception", "reason": "rejected execution of primary operation"}


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked was killed meanwhile: that is what it is for."""


class Refusing:
    """``share`` of bulk requests are hit: half of those as a whole (429), of the others every second document."""

    def __init__(self, target: str) -> None:
        self.target, self.share, self.refused = target, 0.0, 0
        self.dice = random.Random(1)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy.pass_on(self)

            do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if "/_bulk" in request.path and self.dice.random() < self.share:
            self.refused += 1
            if self.dice.random() < 0.5:
                refusal = {"error": TOO_MANY, "status": 429}
                answer(request, 429, {"Content-Type": "application/json"}, json.dumps(refusal).encode())
            else:
                self.half(request, body)
            return
        answer(request, *self.ask(request, body))

    def half(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Every second document goes through; the others come back as items with status 429."""
        lines = body.splitlines(keepends=True)
        pairs = [lines[at : at + 2] for at in range(0, len(lines) - 1, 2)]
        status, headers, content = self.ask(request, b"".join(line for pair in pairs[::2] for line in pair))
        if status == 200:
            made = json.loads(content)
            passed = iter(made.get("items", []))
            refused, fine = {"create": {"status": 429, "error": TOO_MANY}}, {"create": {"status": 201}}
            made["items"] = [refused if place % 2 else next(passed, fine) for place in range(len(pairs))]
            made["errors"] = True
            content = json.dumps(made).encode()
        answer(request, status, headers, content)

    def ask(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        kept = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "connection")}
        kept.pop("Accept-Encoding", None)
        kept["Content-Length"] = str(len(body))
        asked = urllib.request.Request(self.target + request.path, body or None, kept, method=request.command)
        try:
            with urllib.request.urlopen(asked, timeout=60) as got:
                return got.status, dict(got.headers), got.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()
        except OSError as error:
            return 503, {"Content-Type": "application/json"}, json.dumps({"error": str(error), "status": 503}).encode()


def answer(request: BaseHTTPRequestHandler, status: int, headers: dict[str, Any], body: bytes) -> None:
    try:
        request.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)
    except OSError:
        request.close_connection = True  # whoever asked has gone
