"""Who has been told of an alert. Those who tell say so themselves: alerts knows none of them."""

from collections.abc import Callable
from typing import Any

from alerts.models import Alert

# each gives, of an alert, a row for each of its destinations, as ToldSerializer (alerts/api/why.py) shows it
TELLERS: list[Callable[[Alert], list[dict[str, Any]]]] = []


def deliveries(alert: Alert) -> list[dict[str, Any]]:
    """By destination, how many of the alert's transitions it was told, how many wait, and how the last tries went."""
    rows = [row for teller in TELLERS for row in teller(alert)]
    return sorted(rows, key=lambda row: str(row["destination"]))
