"""The shop: customers look around, sign in and order; what they do becomes spans, logs and metrics.

python -m demo.shop    sends to OTEL_EXPORTER_OTLP_ENDPOINT, or else to the product on this machine
"""

import contextlib
import logging
import random
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from demo.clock import WorldClock
from demo.customers import Shop
from demo.exports import Otlp
from demo.incidents import Incidents
from demo.service import endpoint

REQUESTS_PER_SECOND = 20
AT_ONCE = 48  # a slow incident keeps many requests in work
WAIT_SECONDS = 120  # for somebody to listen


def listens(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port or 80), timeout=1).close()
    except OSError:
        return False
    return True


def main() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # an export that fails is tried again

    url = endpoint()
    deadline = time.monotonic() + WAIT_SECONDS
    while not listens(url) and time.monotonic() < deadline and not stop.wait(0.3):
        pass
    if stop.is_set():
        return
    print(f"the shop is open and sends to {url}")

    dice = random.Random()
    incidents = Incidents(dice)
    shop = Shop(Otlp(url), incidents, dice, WorldClock())
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # customers come when they like, not by the clock
        while not stop.wait(dice.expovariate(REQUESTS_PER_SECOND)):
            for incident in incidents.advance(time.monotonic() - began):
                print(f"incident {incident.name} for {incident.lasts:.0f} s")
            pool.submit(shop.visit)
        pool.shutdown(cancel_futures=True)
    with contextlib.suppress(Exception):  # nobody may be listening any more
        shop.close()


if __name__ == "__main__":
    main()
