"""The worker's own small HTTP server: /healthz, and /metrics for Prometheus."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings
from django.core.management.base import CommandError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


def serve(host: str, port: int, healthy: Callable[[], bool]) -> ThreadingHTTPServer:
    """Answers in a thread of its own; /healthz is 200 while ``healthy()``, else 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self.answer(200, CONTENT_TYPE_LATEST, generate_latest())
            elif self.path == "/healthz":
                well = healthy()
                text = (
                    b'{"status": "ok"}' if well else b'{"status": "stalled: messages wait and positions stand still"}'
                )
                self.answer(200 if well else 503, "application/json", text)
            else:
                self.answer(404, "application/json", b'{"detail": "not found"}')

        def answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes are not worth a line each."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


@contextmanager
def served(variable: str, port: int, healthy: Callable[[], bool]) -> Iterator[None]:
    """Served around a command's loop; a port that can't be had ends it, naming the variable that chose it."""
    try:
        server = serve(settings.BIND, port, healthy)
    except OSError as error:
        raise CommandError(f"{variable}: cannot listen on {port}: {error}") from error
    try:
        yield
    finally:
        server.shutdown()
