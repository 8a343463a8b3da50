"""What can go wrong with a site, on demand.

A fault: ``match`` (a regular expression over ``METHOD /path``), ``do``, and by choice ``times`` (how often; else until
it is taken back), ``share`` (of the requests that match), ``seconds``, ``status``, ``headers``, ``body``.
"""

import random
import re
import threading
import time
from typing import Any, NamedTuple

HTML = "<html><head><title>Oops, you&#39;ve found a dead link</title></head><body>Service unavailable</body></html>"
BEFORE = ("slow", "hang", "reset", "status", "html", "redirect")  # the site does nothing of what was asked
AFTER = ("done-then-hang", "done-then-reset", "done-then-html")  # it does, and whoever asked doesn't hear of it


class Fault(NamedTuple):
    match: str
    do: str
    times: int | None = None
    share: float = 1.0
    seconds: float = 0.0
    status: int = 503
    headers: dict[str, str] | None = None
    body: dict[str, Any] | None = None


class Faults:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.faults: list[Fault] = []
        self.dice = random.Random(7)
        self.rate: float | None = None
        self.tokens, self.filled_at = 0.0, time.monotonic()

    def set(self, faults: list[dict[str, Any]]) -> None:
        for fault in faults:
            if fault["do"] not in BEFORE + AFTER:
                raise ValueError(f"no such fault: {fault['do']}")
        with self.lock:
            self.faults = [Fault(**fault) for fault in faults]

    def of(self, request: str) -> Fault | None:
        """The first that matches; a ``slow`` one waits here and lets the next ones have their turn."""
        for place in range(len(self.faults)):
            fault = self.taken(place, request)
            if fault is None:
                continue
            if fault.do == "slow":
                time.sleep(fault.seconds)
                continue
            return fault
        return self.limited()

    def taken(self, place: int, request: str) -> Fault | None:
        with self.lock:
            fault = self.faults[place] if place < len(self.faults) else None
            if fault is None or fault.times == 0 or not re.search(fault.match, request):
                return None
            if self.dice.random() >= fault.share:
                return None
            if fault.times is not None:
                self.faults[place] = fault._replace(times=fault.times - 1)
            return fault

    def limited(self) -> Fault | None:
        """So many requests a second, with as many saved up; else 429 and when to come again."""
        if self.rate is None:
            return None
        with self.lock:
            now = time.monotonic()
            self.tokens = min(self.rate, self.tokens + (now - self.filled_at) * self.rate)
            self.filled_at = now
            if self.tokens >= 1:
                self.tokens -= 1
                return None
        return Fault("", "status", status=429, headers={"Retry-After": "1"}, body={"errorMessages": ["Rate limit"]})
