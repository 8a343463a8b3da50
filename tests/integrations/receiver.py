"""A local HTTP server that writes down what it is told; it can fail, and it can hang."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Heard:
    """``bodies``: (path, seconds since 1970, body) in the order of their arrival, also of those that were failed."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, float, dict[str, Any]]] = []
        self.failing = 0  # every so many-th is taken and then answered with 503
        self.hung = threading.Event()
        self.url = ""

    def of(self, path: str) -> list[dict[str, Any]]:
        return [body for where, _, body in list(self.bodies) if where == path]


@contextmanager
def listening() -> Iterator[Heard]:
    """``/hang`` answers only at the end, all else at once."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.bodies.append((self.path, time.time(), body))
            if self.path == "/hang":
                heard.hung.wait()
            failed = heard.failing and len(heard.bodies) % heard.failing == 0
            self.send_response(503 if failed else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Not worth a line each."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield heard
    finally:
        heard.hung.set()
        server.shutdown()
        server.server_close()
