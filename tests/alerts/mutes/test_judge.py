"""All mutes together: is an alert muted at a time, and by what."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.mutes.inhibition import InhibitionSpec
from alerts.mutes.judge import Mutes, muted
from alerts.mutes.maintenance import MaintenanceSpec
from alerts.mutes.silences import SilenceSpec
from tests.alerts.mutes.events import NOON, event

services = st.sampled_from(["a", "b", "c"])
minutes = st.integers(-60, 60)


def at(minute: int):
    return NOON + timedelta(minutes=minute)


@given(
    st.lists(st.tuples(services, minutes, minutes), max_size=4),
    st.lists(st.tuples(services, minutes, st.integers(1, 60)), max_size=3),
    st.lists(services, max_size=5),
    minutes,
)
def test_an_alert_is_muted_when_a_naive_look_at_every_mute_says_so(silences, windows, alerts, now):
    events = [event(n, service=service) for n, service in enumerate(alerts)]
    mutes = Mutes(
        tuple(SilenceSpec(str(n), f"service:{s}", at(low), at(high)) for n, (s, low, high) in enumerate(silences)),
        tuple(
            MaintenanceSpec(str(n), f"service:{s}", at(low).replace(tzinfo=None), length, "UTC")
            for n, (s, low, length) in enumerate(windows)
        ),
    )
    names = muted(mutes, events, at(now))
    for one in events:
        quiet = [low <= now < high and service == one["service"] for service, low, high in silences]
        quiet += [low <= now < low + length and service == one["service"] for service, low, length in windows]
        assert (one["id"] in names) == any(quiet)


def test_the_first_in_the_order_is_named():
    spec = SilenceSpec("s", "*", at(0), at(10))
    window = MaintenanceSpec("m", "*", at(0).replace(tzinfo=None), 20, "UTC")
    rule = InhibitionSpec("i", "rule:r1", "rule:r2", ())
    mutes = Mutes((spec,), (window,), (rule,))
    events = [event(1, rule="r1"), event(2, rule="r2")]
    assert muted(mutes, events, at(5)) == {"a1": "silence:s", "a2": "silence:s"}
    assert muted(mutes, events, at(15)) == {"a1": "maintenance:m", "a2": "maintenance:m"}
    assert muted(mutes, events, at(25)) == {"a2": "inhibition:i"}


def test_what_is_silenced_still_mutes_others():
    mutes = Mutes((SilenceSpec("s", "rule:r1", at(0), at(10)),), (), (InhibitionSpec("i", "rule:r1", "rule:r2", ()),))
    assert muted(mutes, [event(1, rule="r1"), event(2, rule="r2")], at(1)) == {"a1": "silence:s", "a2": "inhibition:i"}
