"""The runner: begins runs, makes calls that are approved, looks at their effect. A thread of each notifier."""

import threading

from django.db import Error, connection
from django.utils import timezone

from integrations.automation import execute, runs
from telemetry.trouble import Trouble

LOOK_SECONDS = 1.0


def run(stopping: threading.Event) -> None:
    trouble = Trouble()
    while not stopping.is_set():
        busy = False
        try:
            busy = look()
            trouble.over("automation", "actions run again")
        except Error as error:
            trouble.say("automation", "the database: no action runs until it answers: %s", error)
            connection.close()
        if not busy:
            stopping.wait(LOOK_SECONDS)
    connection.close()


def look() -> bool:
    """One round; whether there was anything to do."""
    now = timezone.now()
    begun, over = runs.plan(now), runs.expire(now)
    called = execute.step(now)
    return bool(begun or over or called or execute.look_after(timezone.now()))
