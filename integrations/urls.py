"""The pages about those who are told."""

from django.urls import path

from integrations import pages

urlpatterns = [path("tickets/", pages.tickets, name="tickets")]
