"""Whether somebody watches new logs, so that the worker wakes the live tail only then.

Those who watch say so over Redis from time to time. While nobody does, storing logs costs a look at the clock.
"""

import asyncio
import threading
import time

from search.bell import Bell, listen

NEWS, WATCHED = "stacklens.logs", "stacklens.watched"
SAY_SECONDS = 2.0  # between two times that somebody who watches says so
BELIEVE_SECONDS = 10.0  # how long it counts


class Watched:
    """The worker's side."""

    def __init__(self) -> None:
        self.until = 0.0
        self.bell = Bell(NEWS)

    def start(self) -> "Watched":
        threading.Thread(target=self.listen, name="watched", daemon=True).start()
        return self

    def listen(self) -> None:
        asyncio.run(listen(WATCHED, self.heard, lambda hearing: None))

    def heard(self) -> None:
        self.until = time.monotonic() + BELIEVE_SECONDS

    def ring(self) -> None:
        """Logs were stored."""
        if time.monotonic() < self.until:
            self.bell.ring()
