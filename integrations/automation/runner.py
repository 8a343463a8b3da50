"""The runner: begins runs, makes calls that are approved, looks at their effect. Any number of them side by side."""

import threading

from django.db import Error, connection
from django.utils import timezone

from integrations.automation import execute, runs
from telemetry.trouble import Trouble

LOOK_SECONDS = 1.0


def run(stopping: threading.Event, until_idle: bool = False) -> None:
    trouble = Trouble()
    while not stopping.is_set():
        try:
            busy = look()
            trouble.over("automation", "actions run again")
        except Error as error:
            trouble.say("automation", "the database: no action runs until it answers: %s", error)
            connection.close()
            busy = False
        if not busy and until_idle:
            break
        if not busy:
            stopping.wait(LOOK_SECONDS)
    connection.close()


def look() -> bool:
    """One round; whether there was anything to do."""
    now = timezone.now()
    begun, over = runs.plan(now), runs.expire(now)
    called = execute.step(now)
    return bool(begun or over or called or execute.look_after(timezone.now()))
