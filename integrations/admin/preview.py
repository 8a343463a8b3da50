"""What the destination in the admin's form would be sent, or what is wrong with its templates; nothing is saved."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from integrations import configured
from integrations.admin.destination_form import SET, DestinationForm
from integrations.admin.routes import chosen_alert
from integrations.delivery import sample
from integrations.destinations.kind import WITHHELD, Kind, Pane, Permanent, Settings
from integrations.models import Destination

WORDED = ("template", "map")  # the types of fields that are filled from the alert
MADE_UP = "made-up"


class Preview(NamedTuple):
    """``errors`` by name of the form's field, as the page marks them."""

    errors: Mapping[str, dict[str, Any]]
    panes: Sequence[Pane] = ()


def looked_at(form: DestinationForm, alert: str, now: datetime) -> Preview:
    """``form`` as it stands, complete or not; ``alert``: an id, MADE_UP, or empty for the newest."""
    form.is_valid()  # fills in what it can
    kind, settings = form.kind, without_secrets(form)
    if errors := misworded(kind, settings):
        return Preview({SET + name: {"message": why, "position": 0, "length": 0} for name, why in errors.items()})
    return Preview({}, panes(kind, settings, form.instance.slug, alert, now))


def misworded(kind: Kind, settings: Settings) -> dict[str, str]:
    names = {field.name for field in kind.fields if field.type in WORDED and settings.get(field.name)}
    return {name: why for name, why in kind.check(settings).items() if name in names}


def without_secrets(form: DestinationForm) -> dict[str, Any]:
    """The settings, and WITHHELD for what is set of the others."""
    given = {name for name, text in getattr(form, "given", {}).items() if text}
    sealed = given | set(form.instance.sealed) - getattr(form, "removed", set())
    return configured.filled(form.kind, getattr(form, "settings", {})) | dict.fromkeys(sealed, WITHHELD)


def saved(destination: Destination, kind: Kind, now: datetime) -> Sequence[Pane]:
    settings = dict(destination.settings) | dict.fromkeys(destination.sealed, WITHHELD)
    return () if misworded(kind, settings) else panes(kind, settings, destination.slug, "", now)


def panes(kind: Kind, settings: Settings, slug: str, alert: str, now: datetime) -> Sequence[Pane]:
    chosen = None if alert == MADE_UP else chosen_alert(alert) or sample.newest()
    try:
        return kind.preview(settings, sample.notice(chosen or sample.made_up(now), slug))
    except Permanent as refused:
        return [Pane("It can't be sent", str(refused))]
