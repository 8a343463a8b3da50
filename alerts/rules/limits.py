"""Over or below: how a value is judged that has one number for all of a window."""

from typing import Annotated

import msgspec

from alerts.rules.frame import Clear, Firing, Unknown, Verdict, nice

Seconds = Annotated[int, msgspec.Meta(ge=1, le=604800, description="Seconds that are looked at together.")]
Minimum = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000, description="With fewer records nothing is decided.")]
Quiet = Annotated[int, msgspec.Meta(ge=5, le=604800, description="Seconds without another after which it resolves.")]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``over``: fires above it. ``below``: fires under it. ``recover``: clears from there on (at or below it when it
    was over, at or above it when it was below); the limit itself if left out."""

    over: Annotated[float, msgspec.Meta(description="The alert opens above this.")] | None = None
    below: Annotated[float, msgspec.Meta(description="The alert opens below this.")] | None = None
    recover: Annotated[float, msgspec.Meta(description="The alert resolves back at this.")] | None = None
    window: Seconds = 300

    def __post_init__(self) -> None:
        if (self.over is None) == (self.below is None):
            raise ValueError("one of over and below must be given")
        if self.recover is not None and self.over is not None and self.recover > self.over:
            raise ValueError("recover must not be above over")
        if self.recover is not None and self.below is not None and self.recover < self.below:
            raise ValueError("recover must not be below below")


def beyond(limits: Limits, value: float, detail: str = "") -> Verdict:
    if limits.over is not None:
        if value > limits.over:
            return Firing(value, limits.over, detail)
        recovered = value <= (limits.over if limits.recover is None else limits.recover)
    else:
        assert limits.below is not None
        if value < limits.below:
            return Firing(value, limits.below, detail)
        recovered = value >= (limits.below if limits.recover is None else limits.recover)
    return Clear() if recovered else Unknown()


def within(limits: Limits, unit: str = "") -> str:
    """ "is over 5 % within 5 min"."""
    side, limit = ("over", limits.over) if limits.over is not None else ("below", limits.below)
    return f"is {side} {limit:g}{unit} within {nice(limits.window)}"
