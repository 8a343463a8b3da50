"""Programs for test_notifiers.py, with a kind that calls a local address: a notifier, and one that makes alerts.

python -m tests.integrations.hooked notifier
python -m tests.integrations.hooked setup NAME=URL …
python -m tests.integrations.hooked alerts COUNT
"""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from integrations.destinations.kind import Field, Notice, Pane, Receipt, Settings, Step

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stacklens_site.settings")


class Hook:
    name, label = "hook", "Hook"
    fields: "Sequence[Field]" = ()

    def check(self, settings: "Settings") -> dict[str, str]:
        return {}

    def preview(self, settings: "Settings", notice: "Notice") -> "Sequence[Pane]":
        return ()

    def test(self, settings: "Settings") -> "Iterator[Step]":
        yield from ()

    def tell(self, settings: "Settings", notice: "Notice") -> "Receipt":
        from integrations.destinations.kind import Passing, Receipt

        told = [[one.alert["id"], one.alert["seq"], list(one.transitions)] for one in notice.alerts]
        body = json.dumps({"key": notice.key, "thread": notice.thread, "told": told}).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(settings["url"], body), timeout=60) as answer:
                return Receipt(str(answer.status), {"key": notice.key})
        except (urllib.error.URLError, OSError) as error:
            raise Passing(str(error)) from error


def setup(*places: str) -> None:
    from integrations.models import Destination, Route

    made = Route.objects.create(
        slug="all", name="All", group_by=["id"], group_wait=0, group_interval=0, repeat_interval=0
    )
    for place in places:
        slug, _, url = place.partition("=")
        made.destinations.add(Destination.objects.create(slug=slug, name=slug, kind="hook", settings={"url": url}))


def alerts(count: str) -> None:
    """So many open, repeat, and are resolved; each change is a transaction of its own."""
    from django.utils import timezone

    from tests.alerts.mutes.events import opened
    from tests.integrations.told import act

    made = [opened(timezone.now(), group={"number": number}) for number in range(int(count))]
    for alert in made:
        act(alert, "escalated", timezone.now(), severity="error")
    for alert in made:
        act(alert, "resolved", timezone.now(), status="resolved", resolved_at=timezone.now())


def notifier(*arguments: str) -> None:
    from django.core.management import call_command

    call_command("run_notifier", *arguments)


if __name__ == "__main__":
    django.setup()
    from integrations.destinations import KINDS

    KINDS["hook"] = Hook()
    programs: dict[str, Callable[..., None]] = {"setup": setup, "alerts": alerts, "notifier": notifier}
    programs[sys.argv[1]](*sys.argv[2:])
