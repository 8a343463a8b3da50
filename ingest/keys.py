"""Keys of senders: made once, shown once, looked up in memory, and revoked within two seconds.

Each process keeps its own copy of the keys and its own count of their requests.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
from django.db import connections, router

from ingest.models import IngestKey
from telemetry.secrets import digest, new_secret

RELOAD_SECONDS = 1.5  # a lookup may use what was read this long ago
BURST_SECONDS = 2  # of a key's rate may come at once


def create(
    name: str, default_service: str = "", default_environment: str = "", requests_per_second: int = 0
) -> tuple[str, IngestKey]:
    """A new key: the secret, which can't be shown again, and its row."""
    secret, prefix, hashed = new_secret("slk")
    row = IngestKey.objects.create(
        name=name,
        prefix=prefix,
        digest=hashed,
        default_service=default_service,
        default_environment=default_environment,
        requests_per_second=requests_per_second,
    )
    return secret, row


class Bucket(msgspec.Struct):
    """A token bucket: fills at ``rate`` a second up to BURST_SECONDS of it. A rate of 0 is no limit."""

    rate: int
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Take one token, or say in how many seconds there will be one."""
        if not self.rate:
            return 0.0
        self.tokens = min(self.rate * BURST_SECONDS, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / self.rate
        self.tokens -= 1
        return 0.0


class Key(msgspec.Struct):
    service: str
    environment: str
    bucket: Bucket


class Keys:
    """The keys that are valid now, by digest. Reading them is left to a thread of its own, because an event loop must
    not wait for the database, and a thread that used it must close its connection."""

    def __init__(self) -> None:
        self.by_digest: dict[str, Key] = {}
        self.read_at = -RELOAD_SECONDS
        self.lock = threading.Lock()
        self.reader = ThreadPoolExecutor(1, "keys")

    def stale(self) -> bool:
        return time.monotonic() - self.read_at >= RELOAD_SECONDS

    def reload(self) -> None:
        """Blocks; raises DatabaseError."""
        self.reader.submit(self.read).result()

    def read(self) -> None:
        if not self.stale():  # another request's reload came first
            return
        began = time.monotonic()
        try:
            rows = list(IngestKey.objects.filter(revoked_at=None))
        finally:
            connections[router.db_for_read(IngestKey)].close()
        with self.lock:
            buckets = {hashed: key.bucket for hashed, key in self.by_digest.items()}
            self.by_digest = {row.digest: key(row, buckets.get(row.digest), began) for row in rows}
        self.read_at = began

    def find(self, secret: str) -> Key | None:
        return self.by_digest.get(digest(secret))

    def wait(self, key: Key) -> float:
        """Count a request of this key; the seconds it has to wait, if it came too early."""
        with self.lock:
            return key.bucket.wait(time.monotonic())


def key(row: IngestKey, bucket: Bucket | None, now: float) -> Key:
    rate = row.requests_per_second
    if bucket is None or bucket.rate != rate:
        bucket = Bucket(rate, rate * BURST_SECONDS, now)
    return Key(row.default_service, row.default_environment, bucket)
