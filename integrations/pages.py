"""The page of tickets that don't say what their alerts do."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integrations.jira.drift import differences
from integrations.models import Polled, Ticket


@login_required
def tickets(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "tickets",
        "differences": differences(),
        "count": Ticket.objects.exclude(key="").count(),
        "polled": Polled.objects.select_related("destination").order_by("destination__name"),
    }
    return render(request, "integrations/tickets.html", context)
