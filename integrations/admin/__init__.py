"""The admin of destinations, routes, deliveries and actions, a file each."""

from integrations.admin.deliveries import DeliveryAdmin
from integrations.admin.destinations import DestinationAdmin
from integrations.admin.routes import RouteAdmin
from integrations.automation import admin as automation_admin

__all__ = ["DeliveryAdmin", "DestinationAdmin", "RouteAdmin", "automation_admin"]
