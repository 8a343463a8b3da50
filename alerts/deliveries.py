"""Who has been told of an alert. Those who tell say so themselves: alerts knows none of them."""

from collections.abc import Callable, Mapping
from typing import Any

from alerts.models import Alert

# each gives, by destination, the number of the last transition that it has taken
Reached = Callable[[], Mapping[str, int]]
TELLERS: list[Reached] = []


def deliveries(alert: Alert) -> list[dict[str, Any]]:
    """By destination, how many of the alert's transitions it was told, and how many wait."""
    numbers = list(alert.transitions.values_list("seq", flat=True))
    reached = {name: seq for teller in TELLERS for name, seq in teller().items()}
    return [
        {"destination": name, "told": sum(n <= seq for n in numbers), "waiting": sum(n > seq for n in numbers)}
        for name, seq in sorted(reached.items())
    ]
