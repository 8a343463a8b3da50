"""Mutes over alerts in the database: marked as they open, quiet while muted, said once when the mute ends."""

import threading
from datetime import date, time, timedelta

import pytest
from django.db import connection

from alerts import lifecycle
from alerts.models import Alert, Inhibition, Maintenance, Silence, Transition
from alerts.mutes import turns
from alerts.mutes.turns import Watch, settle
from integrations.streams.reading import Teller
from tests.alerts.mutes.events import NOON, opened, told

pytestmark = pytest.mark.django_db


def at(minute: int):
    return NOON + timedelta(minutes=minute)


def silence(query="service:shop", low=0, high=10):
    made = Silence(query=query, reason="deploying", author="ada", starts_at=at(low), ends_at=at(high))
    made.full_clean()
    made.save()
    return made


class Page:
    """A destination that remembers what it was told."""

    def __init__(self):
        self.told = []

    def tell(self, transitions):
        self.told += [transition.kind for transition in transitions]

    def close(self):
        pass


def heard(hears_muted=False):
    page = Page()
    teller = Teller(f"page {hears_muted}", page, hears_muted)
    while teller.step():
        pass
    return page.told


def act(alert, kind, minute, **changes):
    for name, value in changes.items():
        setattr(alert, name, value)
    alert.save()
    lifecycle.publish([lifecycle.change(alert, kind, at(minute), f"{kind} {minute}")])


def look(watch, minute):
    watch.next_at = 0  # however long it took the last time
    return watch.look(at(minute))


def test_an_alert_that_opens_in_a_silence_is_marked_and_nobody_is_told_until_it_ends():
    name = f"silence:{silence().pk}"
    alert = opened(at(1))
    assert alert.muted_by == name
    act(alert, "repeated", 2)
    assert heard() == []
    settle(at(9))
    assert settle(at(10)) == 1
    assert told(alert) == [("opened", name), ("repeated", name), ("unmuted", "")]
    assert heard() == ["unmuted"]
    assert heard(hears_muted=True) == ["opened", "repeated", "unmuted"]
    assert Alert.objects.get().muted_by == ""


def test_what_is_open_when_a_silence_begins_is_muted_and_said_again_when_it_ends():
    alert = opened(at(-5))
    silence()
    watch = Watch()
    assert [look(watch, minute) for minute in (-1, 0, 1, 10, 11)] == [0, 1, 0, 1, 0]
    assert [kind for kind, _ in told(alert)] == ["opened", "muted", "unmuted"]
    assert heard() == ["opened", "unmuted"]


def test_what_clears_while_muted_is_not_told_to_those_who_never_heard_of_it():
    silence()
    alert = opened(at(1))
    act(alert, "resolved", 2, status="resolved")
    settle(at(20))
    assert heard() == []
    assert Alert.objects.get().muted_by == ""


def test_what_clears_while_muted_is_told_to_those_who_heard_of_it():
    alert = opened(at(-1))
    assert heard() == ["opened"]
    silence()
    settle(at(1))
    alert.refresh_from_db()
    act(alert, "resolved", 2, status="resolved")
    assert heard() == ["resolved"]


def test_what_comes_back_is_judged_anew():
    silence()
    alert = opened(at(1))
    act(alert, "resolved", 2, status="resolved")
    act(alert, "reopened", 15, status="open")
    assert [mark != "" for _, mark in told(alert)] == [True, True, False]
    act(alert, "resolved", 16, status="resolved")
    assert heard() == ["reopened", "resolved"]


def test_an_alert_that_another_silence_still_mutes_is_not_unmuted():
    silence()
    longer = silence(high=30)
    alert = opened(at(1))
    assert settle(at(10)) == 1
    assert told(alert)[-1] == ("muted", f"silence:{longer.pk}")
    assert heard() == []


def test_a_transition_from_before_the_silence_is_not_told_in_it():
    opened(at(-1))
    silence()
    settle(at(1))
    assert heard() == []
    settle(at(10))
    assert heard() == ["unmuted"]


def test_a_deleted_silence_ends():
    made = silence()
    opened(at(1))
    made.delete()
    assert settle(at(2)) == 1
    assert heard() == ["unmuted"]


def test_a_maintenance_window_mutes_while_it_is_in_force():
    window = Maintenance(name="night", query="*", first_day=date(2026, 3, 1), begins=time(12), recurrence="FREQ=DAILY")
    window.full_clean(exclude=["author"])
    window.save()
    alert = opened(at(5))
    assert alert.muted_by == f"maintenance:{window.pk}"
    assert settle(at(60)) == 1
    assert settle(at(24 * 60)) == 1
    assert [kind for kind, _ in told(alert)] == ["opened", "unmuted", "muted"]


def test_an_inhibition_mutes_while_its_source_fires():
    Inhibition.objects.create(name="down", source="rule:down", target="severity:warn")
    before = opened(at(0), severity="warn")
    source = opened(at(1), rule_slug="down")
    after = opened(at(2), severity="warn")
    assert before.muted_by == ""
    assert after.muted_by.startswith("inhibition:")
    watch = Watch()
    assert look(watch, 3) == 1
    act(source, "resolved", 4, status="resolved")
    assert look(watch, 4) == 2
    assert [kind for kind, _ in told(before)] == ["opened", "muted", "unmuted"]
    assert [kind for kind, _ in told(after)] == ["opened", "unmuted"]


def test_an_alert_that_was_missed_as_it_opened_is_muted_by_the_next_look():
    silence()
    watch = Watch()
    look(watch, 1)
    alert = opened(at(-1))  # by a worker that did not know of the silence yet
    assert look(watch, 2) == 1
    assert [kind for kind, _ in told(alert)] == ["opened", "muted"]


def test_nothing_muted_and_no_mute_costs_four_small_reads(django_assert_num_queries):
    opened()
    watch = Watch()
    look(watch, 0)
    with django_assert_num_queries(4):
        look(watch, 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_that_look_at_once_one_says_it():
    silence()
    for _ in range(20):
        opened(at(1))
    barrier = threading.Barrier(4)

    def look():
        barrier.wait()
        try:
            settle(at(11))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Transition.objects.filter(kind="unmuted").count() == 20
    assert not Alert.objects.exclude(muted_by="").exists()


def test_what_people_do_to_many_at_once_is_quiet_where_the_alert_is():
    made = silence(low=-60, high=10_000_000)
    quiet, loud = opened(at(1)), opened(at(1), service="bank")
    ids = [quiet.pk.hex, loud.pk.hex]
    lifecycle.act_on_all(ids, lifecycle.acknowledging(), "ada")
    lifecycle.act_on_all(ids, lifecycle.resolving(), "ada")
    assert not Alert.objects.exclude(muted_by="").exists()
    lifecycle.act_on_all(ids, lifecycle.reopening(), "ada")
    name = f"silence:{made.pk}"
    assert told(quiet) == [(kind, name) for kind in ("opened", "acknowledged", "resolved", "reopened")]
    assert told(loud) == [(kind, "") for kind in ("opened", "acknowledged", "resolved", "reopened")]
    assert Alert.objects.get(pk=quiet.pk).muted_by == name
    assert list(Transition.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 9))


def test_a_worker_mutes_very_many_in_several_looks(monkeypatch):
    monkeypatch.setattr(turns, "MOST", 3)
    silence()
    for _ in range(7):
        opened(at(-1))
    watch = Watch()
    assert [look(watch, 1) for _ in range(4)] == [3, 3, 1, 0]


def test_what_opens_beside_very_many_is_judged_in_a_few_reads(django_assert_max_num_queries):
    Inhibition.objects.create(name="down", source="rule:down", target="severity:warn")
    silence("service:elsewhere")
    opened(at(0), rule_slug="down")
    for _ in range(20):
        opened(at(1), severity="warn")
    with django_assert_max_num_queries(25):
        opened(at(2), severity="warn")
