"""One step of a test, done for real."""

from collections.abc import Callable

from integrations.destinations.kind import Passing, Permanent, Step


def tried(what: str, doing: Callable[[], object]) -> Step:
    """``doing`` raises Passing or Permanent where it fails; a text that it gives is the detail."""
    try:
        found = doing()
    except (Passing, Permanent) as failed:
        return Step(what, False, str(failed))
    return Step(what, True, found if isinstance(found, str) else "")
