"""The share of bad records is that of the last ones, exact to the record, however they are cut into batches."""

import random

import pytest

from ingest.spoilage import Limit, Recent, add, follow, too_many

TEN = Limit(50, 10)


def after(*counts, limit=TEN):
    recent = Recent()
    for good, bad in counts:
        recent = add(recent, good, bad, limit)
    return recent


@pytest.mark.parametrize(
    ("counts", "spoilt", "stops"),
    [
        ([], 0, False),
        ([(0, 9)], 9, False),  # all of them, but too few
        ([(0, 10)], 10, True),
        ([(5, 5)], 5, False),  # half is not more than half
        ([(4, 6)], 6, True),
        ([(1000, 0), (0, 5)], 5, False),
        ([(1000, 0), (0, 6)], 6, True),
        ([(0, 6), (5, 0)], 5, False),  # the oldest is forgotten
        ([(0, 6), (4, 0)], 6, True),
        ([(0, 1), (1, 1), (1, 1), (1, 1), (1, 1)], 5, False),
        ([(0, 25)], 10, True),
    ],
)
def test_table(counts, spoilt, stops):
    recent = after(*counts)
    assert recent.spoilt(TEN) == spoilt
    assert too_many(recent, TEN) is stops


def test_100_percent_never_stops():
    assert not too_many(after((0, 10**6), limit=Limit(100, 10)), Limit(100, 10))


def test_any_cut_stops_at_the_same_message_and_remembers_the_same():
    dice = random.Random(7)
    for _ in range(300):
        counts = [(dice.choice((0, 0, 1, 3)), dice.choice((0, 0, 0, 1, 2))) for _ in range(60)]
        whole = follow(Recent(), counts, TEN)
        recent, start, stop = Recent(), 0, None
        while start < len(counts) and stop is None:
            size = dice.randint(1, 12)
            recent, cut = follow(recent, counts[start : start + size], TEN)
            stop = None if cut is None else start + cut
            start += size
        assert (recent.seen, recent.spoilt(TEN), stop) == (whole[0].seen, whole[0].spoilt(TEN), whole[1])


def test_what_is_remembered_stays_small():
    recent = after(*[(1, 1)] * 500)
    assert len(recent.bad) <= 6
