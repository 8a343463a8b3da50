"""Windows that move in steps of a tenth: those of all types that judge the last ``window`` seconds."""

from typing import Protocol

from alerts.rules.frame import slice_of, whole

SLICES = 10  # buckets in a window


class Windowed(Protocol):
    @property
    def window(self) -> int: ...  # seconds


def width(config: Windowed) -> int:
    return slice_of(config.window, SLICES)


def span(config: Windowed) -> int:
    return whole(config.window, width(config))
