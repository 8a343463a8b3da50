"""What the frame of every page says of the alerts."""

from django import template

from alerts.models import Alert

register = template.Library()


@register.simple_tag
def open_alerts() -> int | str:
    """How many are open; nothing for none."""
    return Alert.objects.filter(status="open").count() or ""
