"""A database of its own, notifiers on it that can be killed, and alerts for them to tell."""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.servers import Postgres, Redis
from tests.started import OURS
from tests.tools import ROOT

NOTIFIERS = 2


class Notifiers:
    """Two of them; ``torment`` kills one or the other, which is started again."""

    def __init__(self, home: Path) -> None:
        self.path = home / "notifiers.log"
        self.log = self.path.open("wb")
        self.kills = 0
        self.ending = threading.Event()
        self.running = [self.start() for _ in range(NOTIFIERS)]

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "run_notifier"]
        return subprocess.Popen(command, cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT)

    def up(self) -> None:
        deadline = time.monotonic() + 240
        while self.said().count("notifier tells") < NOTIFIERS:
            if time.monotonic() > deadline:
                raise AssertionError(self.said())
            time.sleep(0.1)

    def said(self) -> str:
        return self.path.read_text(errors="replace")

    def torment(self, dice: random.Random, seconds: float) -> threading.Thread:
        def run() -> None:
            while not self.ending.wait(dice.uniform(0.4, 1.6) * seconds):
                place = dice.randrange(NOTIFIERS)
                self.running[place].kill()
                self.running[place].wait()
                self.running[place] = self.start()
                self.kills += 1

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def end(self) -> None:
        self.ending.set()
        for process in self.running:
            process.kill()
            process.wait()
        self.log.close()


@contextmanager
def world(database: str, redis: bool) -> Iterator[Path]:
    """This process and those that it starts stand on a fresh database; gives a folder that is removed afterwards."""
    for name in filter(OURS.match, list(os.environ)):
        del os.environ[name]
    started: list[Any] = []
    with tempfile.TemporaryDirectory(prefix="stacklens-figures-") as home:
        try:
            if database == "postgres":
                started.append(Postgres().start())
                os.environ["DATABASE_URL"] = started[-1].fresh()
            if redis:
                started.append(Redis().start())
                os.environ["REDIS_URL"] = started[-1].url
            os.environ |= {
                "STACKLENS_DATA_DIR": home,
                "STACKLENS_OUTBOUND_ALLOW": "127.0.0.1",
                "SECRET_KEY": "of-figures-only-" + "0123456789" * 5,
                "DJANGO_SETTINGS_MODULE": "stacklens_site.settings",
            }
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)
            yield Path(home)
        finally:
            for one in reversed(started):
                with suppress(Exception):
                    one.remove()


@contextmanager
def notifying(home: Path) -> Iterator[Notifiers]:
    notifiers = Notifiers(home)
    try:
        notifiers.up()
        yield notifiers
    finally:
        notifiers.end()


def route(*destinations: Any) -> Any:
    """Leads every alert by itself there, at once."""
    from integrations.models import Route

    each = {"group_by": ["id"], "group_wait": 0, "group_interval": 0, "repeat_interval": 0}
    made = Route.objects.create(slug="all", name="All", **each)
    made.destinations.add(*destinations)
    return made


def opened(number: int) -> Any:
    from django.db import transaction

    with transaction.atomic():
        return made(number)


def made(number: int) -> Any:
    from django.utils import timezone

    from alerts import lifecycle
    from alerts.analyse import fingerprint
    from alerts.models import Alert

    now, group = timezone.now(), {"service": f"shop-{number}"}
    alert = Alert.objects.create(
        fingerprint=fingerprint("price", group),
        rule_slug="price",
        rule_version=1,
        group=group,
        service=group["service"],
        issue_code="PRICE_MISSING",
        severity="error",
        message="Product price is null or missing",
        first_seen=now,
        last_seen=now,
        created_at=now,
    )
    lifecycle.publish([lifecycle.change(alert, "opened", now, "1")])
    return alert


def settled(seconds: float) -> bool:
    """Everything is told."""
    from integrations.delivery import plan
    from integrations.models import Delivery

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not plan.behind() and not Delivery.objects.filter(state="waiting", destination__enabled=True).exists():
            return True
        time.sleep(0.5)
    return False
