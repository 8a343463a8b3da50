"""A Redis of a test's own, over which processes are woken."""

import pytest
from channels.layers import channel_layers

from alerts import wake
from tests.servers import Redis


@pytest.fixture
def own_redis():
    server = Redis()
    yield server.start()
    server.remove()


@pytest.fixture
def over_redis(own_redis, settings, monkeypatch):
    settings.REDIS_URL = own_redis.url
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [own_redis.url]}}
    }
    channel_layers.backends.clear()
    monkeypatch.setattr(wake, "JOIN_SECONDS", 0.5)
    monkeypatch.setattr(wake, "bell", wake.Bell())
    yield
    channel_layers.backends.clear()
