"""A real HTTP server that answers as it is told, and remembers what it was asked."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from integrations.outbound.addresses import Allowed


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float  # by the monotonic clock

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Told(NamedTuple):
    """``drip``: seconds between the bytes of the body. ``hang``: seconds before anything is said."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = {}
    drip: float = 0
    hang: float = 0


class Listener(ThreadingHTTPServer):
    """``answers`` are given in their order, the last one again and again."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.answers: list[Told] = [Told()]
        self.closing = threading.Event()
        self.scheme = "http"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def open_to(self) -> Allowed:
        return Allowed(frozenset({("127.0.0.1", self.port)}))

    def next(self) -> Told:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away."""


class Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(Asked(self.command, self.path, dict(self.headers), body, time.monotonic()))
        told = self.server.next()
        if told.hang and self.server.closing.wait(told.hang):
            return
        self.send_response(told.status)
        for name, value in told.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(told.body)))
        self.end_headers()
        for start in range(len(told.body)) if told.drip else ():
            self.wfile.write(told.body[start : start + 1])
            if self.server.closing.wait(told.drip):
                return
        if not told.drip:
            self.wfile.write(told.body)

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def listening(certificate: Path | None = None) -> Iterator[Listener]:
    server = Listener()
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
