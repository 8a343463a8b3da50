"""Where an alert's page can ask for a ticket."""

from collections.abc import Sequence

from django import template

from integrations.models import Destination

register = template.Library()


@register.simple_tag
def trackers() -> Sequence[Destination]:
    return list(Destination.objects.filter(kind="jira", enabled=True).only("slug", "name"))
