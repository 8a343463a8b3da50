"""Serves the door alone, OTLP over HTTP and gRPC, until SIGTERM or SIGINT."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ingest import otlp_grpc
from ingest.otlp_http import DoorApplication
from ingest.receive import Door
from ingest.transport import producer
from stacklens_site.serve import Server

GRACE_SECONDS = 1.0  # for gRPC requests under way, after those over HTTP are done


class Command(BaseCommand):
    help = "Receive OTLP on STACKLENS_OTLP_HTTP_PORT and STACKLENS_OTLP_GRPC_PORT."
    requires_system_checks: list[str] = []  # those are of pages and forms, which it doesn't serve

    def handle(self, *args: Any, **options: Any) -> None:
        application = DoorApplication(lambda: door)
        server = Server(application, ready=self.say)
        server.listen(settings.BIND, settings.OTLP_HTTP_PORT, "STACKLENS_OTLP_HTTP_PORT")
        door = Door(producer())
        grpc_server = otlp_grpc.server(door)
        address = f"{settings.BIND}:{settings.OTLP_GRPC_PORT}"
        try:
            grpc_server.add_insecure_port(address)
        except RuntimeError as error:
            raise CommandError(f"STACKLENS_OTLP_GRPC_PORT: cannot listen on {address}: {error}") from error
        grpc_server.start()
        try:
            server.run()
        finally:
            grpc_server.stop(GRACE_SECONDS).wait()
            door.producer.close()

    def say(self) -> None:
        http = f"http://{settings.BIND}:{settings.OTLP_HTTP_PORT}"
        self.stdout.write(f"receiver listens on {http} (OTLP/HTTP), {settings.BIND}:{settings.OTLP_GRPC_PORT} (gRPC)")
        self.stdout.flush()
