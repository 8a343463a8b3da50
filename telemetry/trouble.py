"""Trouble that lasts: said when it begins, sometimes while it lasts, and when it is over, not at every look."""

import logging
import time

log = logging.getLogger(__name__)

REMIND_SECONDS = 60.0


class Trouble:
    """By its kind, a short name."""

    def __init__(self) -> None:
        self.since: dict[str, float] = {}
        self.said: dict[str, float] = {}

    def say(self, kind: str, text: str, *values: object) -> None:
        now = time.monotonic()
        self.since.setdefault(kind, now)
        if now - self.said.get(kind, -REMIND_SECONDS) >= REMIND_SECONDS:
            self.said[kind] = now
            log.error(text, *values)

    def over(self, kind: str, text: str) -> None:
        if since := self.since.pop(kind, None):
            self.said.pop(kind, None)
            log.warning("%s, after %.1f s", text, time.monotonic() - since)
