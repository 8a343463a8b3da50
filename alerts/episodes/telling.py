"""What is told of an episode while it goes on: counts passed, reminders, severity steps, findings."""

from collections.abc import Iterator

from alerts.episodes.state import Event, State, Terms
from alerts.rules.frame import Firing, Verdict


def steps(above: int, upto: int) -> Iterator[int]:
    """The counts at which a repeat is announced: 2, 5, 10, 20, 50, 100, …"""
    size = 1
    while size <= upto:
        for step in (size, 2 * size, 5 * size):
            if above < step <= upto:
                yield step
        size *= 10


def announce(state: State, terms: Terms, count: int, events: list[Event]) -> None:
    for step in steps(max(state.step, terms.base), count):
        events.append(Event("repeated", state.episode, step))
        state.step = step


def remind(state: State, terms: Terms, end: int, events: list[Event]) -> None:
    while terms.renotify and end >= reminder_at(state, terms):
        state.reminded += 1
        events.append(Event("reminded", state.episode, state.reminded))


def reminder_at(state: State, terms: Terms) -> int:
    """The next end at which an open alert is told again: after 1, 3, 7, … times ``renotify``."""
    return state.began + terms.renotify * ((2 << state.reminded) - 1)


def escalate(state: State, terms: Terms, verdict: Verdict, events: list[Event]) -> None:
    if isinstance(verdict, Firing):
        reached = sum(verdict.value >= value for value, _ in terms.severity_steps)
        if reached > state.level:
            state.level = reached
            events.append(Event("escalated", state.episode, reached, severity=terms.severity_steps[reached - 1][1]))


def find(state: State, terms: Terms, at: int, events: list[Event]) -> None:
    if terms.watched and state.firing != state.counted:
        state.counted = state.firing
        sample = next(iter(state.evidence.samples), None) if state.evidence else None
        events.append(Event("began" if state.firing else "ceased", state.episode, at=at, sample=sample))
