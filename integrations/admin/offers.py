"""What the other side of the destination in the admin's form could be given besides: it is asked, nothing is saved."""

from collections.abc import Sequence
from typing import NamedTuple

from integrations import configured
from integrations.admin.destination_form import DestinationForm
from integrations.destinations.kind import Offer, Passing, Permanent
from integrations.sealed import Unsealable


class Offered(NamedTuple):
    fields: Sequence[Offer] = ()
    why_not: str = ""


def offered(form: DestinationForm) -> Offered:
    form.is_valid()  # fills in what it can
    settings, given = getattr(form, "settings", {}), getattr(form, "given", {})
    offers = getattr(form.kind, "offers", None)
    if offers is None:
        return Offered(why_not="Nothing can be asked of this kind.")
    try:
        elsewhere = configured.elsewhere(form.kind, form.instance.settings, settings)
        secrets = {} if elsewhere else form.instance.secrets()
    except Unsealable as error:
        return Offered(why_not=str(error))
    known = settings | secrets | {name: text for name, text in given.items() if text}
    if missing := [field.label for field in form.kind.fields if field.required and not known.get(field.name)]:
        return Offered(why_not=f"It can be asked once these are set: {', '.join(missing)}.")
    try:
        return Offered(offers(known))
    except (Passing, Permanent) as error:
        return Offered(why_not=f"{error}.")
