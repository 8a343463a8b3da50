"""One running product for all journeys, begun from nothing, as a user begins."""

import pytest

from tests.journeys.product import Product


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    running = Product(tmp_path_factory.mktemp("product"))
    running.start()
    yield running
    running.stop()
