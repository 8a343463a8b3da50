"""Where WebSockets lead."""

from django.urls import path

from alerts.live import AlertsConsumer

websocket_urlpatterns = [path("ws/alerts/", AlertsConsumer.as_asgi())]
