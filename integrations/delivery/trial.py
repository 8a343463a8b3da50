"""A destination is tried: the steps of its kind, without its secrets in what they say."""

import logging
from collections.abc import Iterator

from integrations.delivery.telling import without
from integrations.destinations import KINDS
from integrations.destinations.kind import Step
from integrations.models import Destination
from integrations.sealed import Unsealable

log = logging.getLogger(__name__)


def trial(destination: Destination) -> Iterator[Step]:
    """One after the other; a failure of the kind's own is a step that failed."""
    kind = KINDS.get(destination.kind)
    if kind is None:
        yield Step("find its kind", False, f"there is no kind {destination.kind}")
        return
    try:
        opened = destination.opened()
    except Unsealable as error:
        yield Step("open its secrets", False, str(error))
        return
    secrets = [str(opened[name]) for name in destination.sealed]
    try:
        for step in kind.test(opened):
            yield step._replace(detail=without(secrets, step.detail))
    except Exception as error:  # whatever it may be, whoever tries a destination is to see it
        log.exception("the trial of %s failed", destination.slug)
        yield Step("go on", False, without(secrets, f"{type(error).__name__}: {error}"))
