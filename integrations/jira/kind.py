"""Jira as a kind of destination: its settings, how it is tried, and how it is told."""

from collections.abc import Iterator, Mapping, Sequence

from integrations.destinations.kind import Field, Notice, Offer, Pane, Receipt, Settings, Step
from integrations.jira import preview
from integrations.jira.client import Client
from integrations.jira.evidence import lines
from integrations.jira.offers import offers
from integrations.jira.settings import FIELDS, check
from integrations.jira.tickets import tell
from integrations.jira.trial import steps
from integrations.models import Destination
from integrations.routes.where import CALLING


class Jira:
    name = "jira"
    label = "Jira"
    fields: Sequence[Field] = FIELDS
    hears = (*CALLING, "repeated", "merged", "commented")

    def check(self, settings: Settings) -> Mapping[str, str]:
        return check(settings)

    def offers(self, settings: Settings) -> list[Offer]:
        """The project's own fields, as it describes them. Raises Passing, Permanent."""
        client = Client(settings)
        try:
            return offers(client, settings)
        finally:
            client.close()

    def test(self, settings: Settings) -> Iterator[Step]:
        """Ends where going on makes no sense."""
        client = Client(settings)
        try:
            yield from steps(client, settings)
        finally:
            client.close()

    def preview(self, settings: Settings, notice: Notice) -> Sequence[Pane]:
        """The ticket of its first alert."""
        event = notice.alerts[0].alert
        return preview.panes(settings, event, lines(event), notice.site)

    def tell(self, settings: Settings, notice: Notice) -> Receipt:
        destination = Destination.objects.get(slug=notice.destination)
        done = [tell(settings, destination, told, notice.site) for told in notice.alerts]
        return Receipt("; ".join(dict.fromkeys(done)))
