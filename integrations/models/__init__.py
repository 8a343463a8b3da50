"""What is kept of those who are told: destinations and routes, what is on its way, and how far each reader is."""

from integrations.models.automation import Action, ActionRun
from integrations.models.circuit import Circuit
from integrations.models.delivery import Attempt, Delivery, Member, Thread
from integrations.models.destination import Destination
from integrations.models.position import StreamPosition
from integrations.models.route import Route
from integrations.models.ticket import Polled, Ticket

__all__ = [
    "Action",
    "ActionRun",
    "Attempt",
    "Circuit",
    "Delivery",
    "Destination",
    "Member",
    "Polled",
    "Route",
    "StreamPosition",
    "Thread",
    "Ticket",
]
