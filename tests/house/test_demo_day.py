"""The demo shop's day: made quickly, the same for a seed, in the order of arrival."""

from itertools import pairwise

from demo.clock import SECOND
from demo.day import LASTS, day

START = 1_700_000_000 * SECOND


def test_a_day_is_the_same_for_a_seed_and_another_for_another():
    first = list(day(START, seed=4, visits=40))
    assert list(day(START, seed=4, visits=40)) == first
    assert list(day(START, seed=5, visits=40)) != first


def test_its_messages_come_in_order_and_within_the_day():
    messages = list(day(START, visits=40))
    assert {message.signal for message in messages} == {"logs", "traces", "metrics"}
    assert all(earlier.arrival <= later.arrival for earlier, later in pairwise(messages))
    assert messages[0].arrival > START
    assert messages[-1].arrival < START + (LASTS + 60) * SECOND
