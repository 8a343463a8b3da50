"""A group's buckets in order, and the ends of windows at which they are judged."""

from bisect import bisect_left

from alerts.episodes.buckets import fold
from alerts.episodes.state import State, Terms
from alerts.rules.frame import Verdict, Window


def ends(state: State, terms: Terms, limit: int) -> range:
    """The ends to settle: from the last settled one to ``limit``, as far as the buckets can matter."""
    if not state.buckets:
        # nothing is counted, so one look is as good as many
        return range(limit, limit + 1) if state.firing and limit > state.final else range(0)
    first = max(state.final, min(state.buckets)) + terms.width
    last = min(limit, max(state.buckets) + terms.span + terms.width)
    return range(first, last + 1, terms.width)


class Sight:
    """A state's buckets in order, to be judged at rising ends."""

    def __init__(self, state: State, terms: Terms) -> None:
        self.state, self.terms = state, terms
        self.starts = sorted(state.buckets)
        self.buckets = [state.buckets[start] for start in self.starts]

    def upto(self, end: int) -> "Sight":
        """For types that remember: what lies before the window of this end goes into the memory."""
        if self.terms.type.MEMORY and self.starts and self.starts[0] < end - self.terms.span:
            fold(self.state, self.terms, end - self.terms.span)
            return Sight(self.state, self.terms)
        return self

    def judge(self, end: int) -> Verdict:
        low, high = bisect_left(self.starts, end - self.terms.span), bisect_left(self.starts, end)
        window = Window(end, self.starts[low:high], self.buckets[low:high], self.state.since, self.state.memory)
        return self.terms.type.judge(self.terms.config, window, end)
