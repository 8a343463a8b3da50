"""Starts the whole product on this machine, and says when it is ready and how to use it."""

import http.client
import socket
import sys
from collections.abc import Callable
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
    Process("notifier", (*MANAGE, "run_notifier")),
    Process("prune", (*MANAGE, "prune"), every=3600),
]
# where the servers are named that it works between
INDEXER = Process("indexer", (*MANAGE, "run_indexer"))
DEMO = Process("demo", (sys.executable, "-m", "demo.shop"))

PORTS = {
    "STACKLENS_PORT": settings.WEB_PORT,
    "STACKLENS_OTLP_HTTP_PORT": settings.OTLP_HTTP_PORT,
    "STACKLENS_OTLP_GRPC_PORT": settings.OTLP_GRPC_PORT,
    "STACKLENS_HEALTH_PORT": settings.HEALTH_PORT,
}
# an address that stands for all of them can't be called
HOST = "127.0.0.1" if settings.BIND in ("0.0.0.0", "::", "localhost") else settings.BIND  # noqa: S104 - compared only
WEB = f"http://{HOST}:{settings.WEB_PORT}"

READY = f"""
StackLens is ready.

  open       {WEB}/   (user admin; the password was shown at the first start, or is STACKLENS_ADMIN_PASSWORD)
  send to    http://{HOST}:{settings.OTLP_HTTP_PORT} (OTLP/HTTP), {HOST}:{settings.OTLP_GRPC_PORT} (OTLP/gRPC)
  health     http://{HOST}:{settings.HEALTH_PORT}/healthz
  stop       Ctrl-C

The first alert, from a second terminal:

  curl {WEB}/api/ingest/log -H 'Content-Type: application/json' -d '{{"timestamp":"'$(date -u +%FT%TZ)'",
    "service":"checkout","level":"error","error_code":"PRICE_MISSING","message":"Product price is null or missing"}}'
"""


class Command(BaseCommand):
    help = "Prepare everything, then run web, receiver and worker until Ctrl-C."
    requires_system_checks: list[str] = []  # every child runs them; here they would only delay the start

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="also run a simulated shop that sends telemetry")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        if settings.ELASTICSEARCH_URL and not settings.KAFKA_BROKERS:
            self.say("ELASTICSEARCH_URL: not filled without KAFKA_BROKERS; records are kept and found in the database")
        for variable, port in PORTS.items():
            refuse_taken(variable, port)
        call_command("bootstrap", stdout=self.stdout)
        connections.close_all()  # the supervisor itself needs none
        ready = Announcement(self.say)
        Supervisor(wanted(demo), self.say).run(ready.look)

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def wanted(demo: bool) -> list[Process]:
    indexes = bool(settings.KAFKA_BROKERS and settings.ELASTICSEARCH_URL)
    return PROCESSES + [INDEXER] * indexes + [DEMO] * demo


def refuse_taken(variable: str, port: int) -> None:
    """Say plainly which port is taken, instead of a child that dies again and again."""
    with socket.socket(socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, port))
        except OSError as error:
            raise CommandError(f"{variable}: cannot listen on {settings.BIND}:{port}: {error.strerror}") from error


class Announcement:
    """Says once that everything answers."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.waiting: list[Callable[[], bool]] = [
            lambda: answers(settings.WEB_PORT),
            lambda: listens(settings.OTLP_HTTP_PORT),
            lambda: listens(settings.OTLP_GRPC_PORT),
            lambda: answers(settings.HEALTH_PORT),
        ]

    def look(self) -> None:
        if self.waiting:
            self.waiting = [check for check in self.waiting if not check()]
            if not self.waiting:
                self.say(READY)


def answers(port: int) -> bool:
    """A redirect is an answer too: with TLS in front, plain HTTP is sent there."""
    connection = http.client.HTTPConnection(HOST, port, timeout=0.5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=0.5).close()
    except OSError:
        return False
    return True
