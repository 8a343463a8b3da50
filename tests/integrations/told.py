"""A destination that remembers what it was told, and fails as it is asked to; with routes and alerts for it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from alerts import lifecycle
from alerts.models import Alert
from integrations.delivery.claims import claim
from integrations.delivery.plan import plan
from integrations.delivery.telling import Outcome, notice_of, settle, tell
from integrations.destinations import KINDS
from integrations.destinations.kind import Field, Notice, Pane, Receipt, Settings, Step
from integrations.models import Destination, Route


class Page:
    """A kind. ``failures`` are raised one after the other, before it takes anything again."""

    name, label = "page", "Page"
    fields = (Field("address", "Address", required=True), Field("token", "Token", "secret"))

    def __init__(self) -> None:
        self.told: list[Notice] = []
        self.failures: list[Exception] = []

    def check(self, settings: Settings) -> dict[str, str]:
        return {} if settings.get("address") else {"address": "must be set"}

    def preview(self, settings: Settings, notice: Notice) -> list[Pane]:
        """Tells what it was given, so that a secret would be seen."""
        return [Pane("Told", f"{sorted(settings.items())} {notice.alerts[0].alert['message']}")]

    def test(self, settings: Settings) -> Iterator[Step]:
        yield Step("look at the address", True, str(settings["address"]))
        yield Step("show the token", settings.get("token") == "open sesame", f"with {settings.get('token')}")

    def tell(self, settings: Settings, notice: Notice) -> Receipt:
        if self.failures:
            raise self.failures.pop(0)
        self.told.append(notice)
        return Receipt(f"taken with {settings.get('token')}", {"number": len(self.told)})

    def heard(self) -> list[list[str]]:
        """Of each notice the kinds of what happened."""
        return [[one["kind"] for told in notice.alerts for one in told.transitions] for notice in self.told]


@pytest.fixture
def pager(monkeypatch):
    made = Page()
    monkeypatch.setitem(KINDS, "page", made)
    return made


def destination(slug: str = "pager", **more: Any) -> Destination:
    made = Destination(slug=slug, name=slug, kind="page", settings={"address": "here"}, **more)
    made.put({"token": "open sesame"})
    made.save()
    return made


def route(*destinations: Destination, **more: Any) -> Route:
    """Told at once, each alert by itself, unless said otherwise."""
    at_once = {"slug": "all", "name": "All", "group_by": ["id"], "group_wait": 0, "group_interval": 0}
    made = Route(**at_once | {"repeat_interval": 0} | more)
    made.clean()
    made.save()
    made.destinations.set(destinations)
    return made


def act(alert: Alert, kind: str, at: datetime, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(alert, name, value)
    alert.save()
    lifecycle.publish([lifecycle.change(alert, kind, at, f"{kind} {at}")])
    alert.refresh_from_db()


def step(place: Destination, now: datetime) -> Outcome | None:
    """Plan everything, and tell the destination one notice, if there is one."""
    while plan(now):
        pass
    claimed = claim(place, now)
    if claimed is None:
        return None
    outcome = tell(claimed, notice_of(claimed), now)
    assert settle(claimed, outcome, now)
    return outcome


def steps(place: Destination, now: datetime) -> int:
    """Until nothing is due."""
    count = 0
    while step(place, now):
        count += 1
    return count
