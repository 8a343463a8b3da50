"""What answers where: the door, Django, and WebSockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stacklens_site.settings")
django_application = get_asgi_application()  # loads the apps, which the imports below need

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from alerts.routing import websocket_urlpatterns  # noqa: E402
from ingest.keys import Keys  # noqa: E402
from ingest.otlp_http import DoorApplication, Receive, Scope, Send  # noqa: E402
from ingest.positions import log_places  # noqa: E402
from ingest.receive import Door  # noqa: E402
from ingest.transport import producer  # noqa: E402
from search.live import LogsConsumer  # noqa: E402

DOOR_PATHS = ("/v1/", "/api/ingest/")  # no middleware in their way

door_application = DoorApplication(lambda: Door(producer(), Keys()))


# how far the worker is belongs to ingest, which search knows nothing of
sockets = [*websocket_urlpatterns, path("ws/logs/", LogsConsumer.as_asgi(places=log_places))]


async def http_application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"].startswith(DOOR_PATHS):
        await door_application(scope, receive, send)
    else:
        await django_application(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(sockets))),
    }
)
