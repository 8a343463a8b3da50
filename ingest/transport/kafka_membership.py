"""Keeps a reader a member of its group while its own thread is busy for long (a slow database)."""

import threading
import time
from collections.abc import Callable

KEEP_SECONDS = 10.0  # without a poll, after which the keeper polls for us


class Membership:
    """``stay`` polls without reading; it is called from a thread of its own when ``polled`` wasn't for a while."""

    def __init__(self, stay: Callable[[], None]) -> None:
        self.stay = stay
        self.polled_at = time.monotonic()
        self.closed = threading.Event()
        self.keeper = threading.Thread(target=self.keep, name="kafka-keeper", daemon=True)
        self.keeper.start()

    def polled(self) -> None:
        self.polled_at = time.monotonic()

    def wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.closed.is_set():
            self.stay()
            if (left := deadline - time.monotonic()) <= 0:
                return
            time.sleep(min(left, 0.1))

    def keep(self) -> None:
        while not self.closed.wait(KEEP_SECONDS / 4):
            if time.monotonic() - self.polled_at > KEEP_SECONDS:
                self.stay()

    def close(self) -> None:
        self.closed.set()
        self.keeper.join(KEEP_SECONDS)
