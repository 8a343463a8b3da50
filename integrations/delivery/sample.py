"""What a destination would be told of the newest alert, for a look before anybody is."""

import msgspec
from django.conf import settings

from alerts.event import alert_event, transition_event
from alerts.models import Transition
from integrations.destinations import KINDS
from integrations.destinations.kind import Notice, Told
from integrations.models import Destination

FIRST = "opened"


def sample(destination: Destination) -> str:
    """As the kind words it, where it can do that without calling anybody; else the notice that the kind is given."""
    found = Transition.objects.filter(kind=FIRST).select_related("alert", "alert__assignee").order_by("-seq").first()
    if found is None:
        return ""
    happened = {name: value for name, value in transition_event(found).items() if name not in ("alert", "muted_by")}
    notice = Notice(
        key="of-a-preview",
        thread="preview",
        group={"rule": found.alert.rule_slug, "service": found.alert.service},
        alerts=[Told(alert_event(found.alert), [happened])],
        site=settings.SITE_URL,
        destination=destination.slug,
    )
    preview = getattr(KINDS.get(destination.kind), "preview", None)
    if preview:
        return str(preview(destination.settings, notice))
    told = notice._asdict() | {"alerts": [one._asdict() for one in notice.alerts]}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
