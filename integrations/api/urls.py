"""The addresses of destinations, routes and deliveries under /api/v1/."""

from django.urls import path, re_path

from integrations.api import deliveries, destinations, routes, tickets, webhooks
from search.api.problems import NothingHere

urlpatterns = [
    path("destinations/", destinations.DestinationListView.as_view(), name="api-destinations"),
    path("destinations/<slug:slug>/", destinations.DestinationView.as_view(), name="api-destination"),
    path("destinations/<slug:slug>/test/", destinations.DestinationTestView.as_view(), name="api-destination-test"),
    path("routes/", routes.RouteListView.as_view(), name="api-routes"),
    path("routes/test/", routes.RouteTestView.as_view(), name="api-routes-test"),
    path("routes/<slug:slug>/", routes.RouteView.as_view(), name="api-route"),
    path("deliveries/", deliveries.DeliveryListView.as_view(), name="api-deliveries"),
    path("deliveries/redeliver/", deliveries.RedeliverView.as_view(), name="api-deliveries-redeliver"),
    path("deliveries/<int:id>/", deliveries.DeliveryView.as_view(), name="api-delivery"),
    path("deliveries/<int:id>/redeliver/", deliveries.RedeliverOneView.as_view(), name="api-delivery-redeliver"),
    path("alerts/<uuid:id>/ticket/", tickets.AlertTicketView.as_view(), name="api-alert-ticket"),
    path("tickets/drift/", tickets.DriftView.as_view(), name="api-tickets-drift"),
    path("tickets/<int:id>/settle/", tickets.SettleView.as_view(), name="api-ticket-settle"),
    path("jira/<slug:slug>/webhook/", webhooks.JiraWebhookView.as_view(), name="api-jira-webhook"),
    re_path(r"^(destinations|routes|deliveries|jira|tickets)/[\s\S]*/$", NothingHere.as_view()),
]
