"""What is kept of those who are told: the destinations, and how far each is."""

from integrations.models.delivery import Delivery
from integrations.models.destination import Destination
from integrations.models.ticket import Polled, Ticket

__all__ = ["Delivery", "Destination", "Polled", "Ticket"]
