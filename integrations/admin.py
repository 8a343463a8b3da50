"""The admin of destinations, routes, deliveries and actions, a file each."""

from integrations.automation import admin as automation_admin
from integrations.delivery_admin import DeliveryAdmin
from integrations.destination_admin import DestinationAdmin
from integrations.route_admin import RouteAdmin

__all__ = ["DeliveryAdmin", "DestinationAdmin", "RouteAdmin", "automation_admin"]
