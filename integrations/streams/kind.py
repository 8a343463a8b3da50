"""What a stream is: somewhere that all transitions are told, in their order."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from alerts.models import Transition


class Undelivered(Exception):
    """The stream didn't take them; to be tried again, from the first of them."""


class Stream(Protocol):
    def tell(self, transitions: Sequence[Transition]) -> None:
        """All are taken when this returns, in their order. Told again after a crash. Raises Undelivered."""
        ...

    def close(self) -> None: ...


class StreamKind(NamedTuple):
    """``wanted``: whether the settings name it; ``connect``: makes it. ``hears_muted``: it is told what is muted too,
    because programs read it that see ``muted_by`` for themselves."""

    wanted: Callable[[], bool]
    connect: Callable[[], Stream]
    hears_muted: bool = False
