"""Serves pages, API and WebSockets, and the door beside them, until SIGTERM or SIGINT."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from stacklens_site.serve import Server


class Command(BaseCommand):
    help = "Serve pages, API, WebSockets and the door on STACKLENS_PORT."

    def handle(self, *args: Any, **options: Any) -> None:
        from stacklens_site.asgi import application, door_application

        server = Server(application, ready=self.say)
        server.listen(settings.BIND, settings.WEB_PORT, "STACKLENS_PORT")
        try:
            server.run()
        finally:
            door_application.close()

    def say(self) -> None:
        self.stdout.write(f"web listens on http://{settings.BIND}:{settings.WEB_PORT}")
        self.stdout.flush()
