"""A silence: for a time, alerts that meet a query are muted."""

from datetime import datetime
from typing import Any

import msgspec

from query import matcher


class SilenceSpec(msgspec.Struct, frozen=True):
    """In force from ``starts`` until just before ``ends``."""

    id: str
    query: str
    starts: datetime
    ends: datetime

    def in_force(self, now: datetime) -> bool:
        return self.starts <= now < self.ends

    def meets(self, event: Any) -> bool:
        return matcher(self.query, "alerts")(event)
