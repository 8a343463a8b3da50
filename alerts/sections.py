"""What others add to an alert's page. They say so themselves: alerts knows none of them."""

from collections.abc import Callable

from django.http import HttpRequest

from alerts.models import Alert

# each gives a section as safe HTML, or nothing
SECTIONS: list[Callable[[HttpRequest, Alert], str]] = []


def sections(request: HttpRequest, alert: Alert) -> list[str]:
    return [html for section in SECTIONS if (html := section(request, alert))]
