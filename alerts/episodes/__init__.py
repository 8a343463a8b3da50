"""When one group of a rule fires, repeats and clears: a function of its records alone, however they were batched.

A crash re-cuts batches, so nothing may be decided per batch. The time line is cut into bucket ends, and each end is
judged in order. Ends up to the watermark are final: no record that still counts can change them. What is decided for
good is decided there. Two things don't wait for the watermark, because more data can't take them back:

- an alert opens as soon as any window fires (the types that are MONOTONE);
- repeats are announced as the count passes fixed steps, once the episode's beginning is final.

What is still open is told again (reminded) after the rule's ``renotify``, then after twice that, and so on; and when
the value judged reaches one of the rule's severity steps (escalated). Both at final ends.

All times are nanoseconds. The caller keeps ``State`` and hands it in again, with new buckets merged.
"""

from alerts.episodes.buckets import merge, refit
from alerts.episodes.judging import advance, disarm, wake_at
from alerts.episodes.state import FINDINGS, Event, Evidence, State, Summary, Terms
from alerts.episodes.telling import steps

__all__ = [
    "FINDINGS",
    "Event",
    "Evidence",
    "State",
    "Summary",
    "Terms",
    "advance",
    "disarm",
    "merge",
    "refit",
    "steps",
    "wake_at",
]
