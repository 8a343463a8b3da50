import pytest

from tests.integrations.listener import listening


@pytest.fixture(scope="module")
def module_listener():
    with listening() as server:
        yield server


@pytest.fixture
def listener(module_listener, settings):
    settings.OUTBOUND_ALLOW = module_listener.open_to
    module_listener.asked.clear()
    return module_listener
