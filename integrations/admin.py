"""The admin of destinations, routes and deliveries, a file each."""

from integrations.delivery_admin import DeliveryAdmin
from integrations.destination_admin import DestinationAdmin
from integrations.route_admin import RouteAdmin

__all__ = ["DeliveryAdmin", "DestinationAdmin", "RouteAdmin"]
