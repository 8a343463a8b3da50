"""Windows of a quiet period: those of all types that open at one record and resolve when no other comes."""

from typing import Protocol

from alerts.rules.frame import SECOND, whole


class Quieted(Protocol):
    @property
    def resolve_after(self) -> int: ...  # seconds


def width(config: Quieted) -> int:
    """A twelfth of the period in whole seconds."""
    return max(config.resolve_after // 12, 1) * SECOND


def span(config: Quieted) -> int:
    return whole(config.resolve_after, width(config))
