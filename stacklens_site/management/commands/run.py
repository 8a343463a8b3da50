"""Starts the whole product on this machine, and says when it is ready and how to use it."""

import socket
import sys
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import connections

from stacklens_site.supervise import Process, Supervisor

MANAGE = (sys.executable, str(settings.BASE_DIR / "manage.py"))

# The same commands that run one by one in production.
PROCESSES = [
    Process("web", (*MANAGE, "run_web")),
    Process("receiver", (*MANAGE, "run_receiver")),
    Process("worker", (*MANAGE, "run_consumer")),
]
DEMO = Process("demo", (sys.executable, "-m", "demo.shop"))

PORTS = {
    "STACKLENS_PORT": settings.WEB_PORT,
    "STACKLENS_OTLP_HTTP_PORT": settings.OTLP_HTTP_PORT,
    "STACKLENS_OTLP_GRPC_PORT": settings.OTLP_GRPC_PORT,
    "STACKLENS_HEALTH_PORT": settings.HEALTH_PORT,
}
WEB = f"http://127.0.0.1:{settings.WEB_PORT}"

READY = f"""
StackLens is ready.

  open       {WEB}/   (user admin; the password was shown at the first start, or is STACKLENS_ADMIN_PASSWORD)
  send to    http://127.0.0.1:{settings.OTLP_HTTP_PORT} (OTLP/HTTP), 127.0.0.1:{settings.OTLP_GRPC_PORT} (OTLP/gRPC)
  health     http://127.0.0.1:{settings.HEALTH_PORT}/healthz
  stop       Ctrl-C

The first alert, from a second terminal:

  curl {WEB}/api/ingest/log -H 'Content-Type: application/json' -d '{{"timestamp":"'$(date -u +%FT%TZ)'",
    "service":"checkout","level":"error","error_code":"PRICE_MISSING","message":"Product price is null or missing"}}'
"""


class Command(BaseCommand):
    help = "Prepare everything, then run web, receiver and worker until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="also run a simulated shop that sends telemetry")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        for variable, port in PORTS.items():
            refuse_taken(variable, port)
        call_command("bootstrap", stdout=self.stdout)
        connections.close_all()  # the supervisor itself needs none
        ready = Announcement(self.say)
        Supervisor(PROCESSES + [DEMO] * demo, self.say).run(ready.look)

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def refuse_taken(variable: str, port: int) -> None:
    """Say plainly which port is taken, instead of a child that dies again and again."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, port))
        except OSError as error:
            raise CommandError(f"{variable}: cannot listen on {settings.BIND}:{port}: {error.strerror}") from error


class Announcement:
    """Says once that everything answers."""

    def __init__(self, say: Any) -> None:
        self.say = say
        self.waiting = [
            lambda: answers(f"{WEB}/healthz"),
            lambda: listens(settings.OTLP_HTTP_PORT),
            lambda: listens(settings.OTLP_GRPC_PORT),
            lambda: answers(f"http://127.0.0.1:{settings.HEALTH_PORT}/healthz"),
        ]

    def look(self) -> None:
        if self.waiting:
            self.waiting = [check for check in self.waiting if not check()]
            if not self.waiting:
                self.say(READY)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=0.5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except OSError:
        return False


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True
