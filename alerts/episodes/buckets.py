"""A group's buckets: they come in, are laid out anew for a changed rule, and those no longer needed are dropped."""

from collections.abc import Mapping

from alerts.episodes.state import State, Terms
from alerts.rules.frame import MEMORY_LIMIT, Bucket


def merge(state: State, deltas: Mapping[int, Bucket], terms: Terms) -> None:
    """Add a batch's buckets. What belongs to an end that is already final counts from there on: that happens only to
    types that go by arrival, whose records are never late."""
    if deltas:
        earliest = min(deltas)
        state.since = min(state.since, earliest) if state.since else earliest
        state.idle = False
    if terms.type.MEMORY and state.memory is None:
        state.memory = Bucket()
    for start, delta in deltas.items():
        start = max(start, state.final)
        bucket = state.buckets.get(start)
        if bucket is None:
            bucket = state.buckets[start] = Bucket()
        bucket.add(delta)


def refit(state: State, version: int, terms: Terms) -> None:
    """A changed rule goes on with what was counted; where its buckets have another width they are laid out anew."""
    if state.width and state.width != terms.width:
        old, state.buckets = state.buckets, {}
        state.final -= state.final % terms.width
        for start, bucket in old.items():
            state.buckets.setdefault(start - start % terms.width, Bucket()).add(bucket)
    state.version, state.width = version, terms.width


def within(state: State, start: int, end: int) -> list[tuple[int, Bucket]]:
    return [(at, bucket) for at, bucket in sorted(state.buckets.items()) if start <= at < end]


def fold(state: State, terms: Terms, horizon: int | None = None) -> None:
    """Drop the buckets that no further window needs; those of the episode stay in its count."""
    if horizon is None:
        horizon = state.final - terms.span
    for start in sorted(start for start in state.buckets if start < horizon):
        bucket = state.buckets.pop(start)
        if state.firing and start >= state.start:
            state.folded.add(bucket)
        if state.memory is not None:
            remember(state.memory, bucket)


def remember(memory: Bucket, bucket: Bucket) -> None:
    memory.add(bucket, MEMORY_LIMIT)
    memory.samples, memory.moments = [], {}
