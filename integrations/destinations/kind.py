"""What a kind of destination is: what it asks to be set, how it is tried, and how it is told of alerts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

WITHHELD = "[secret]"  # in the place of one
Settings = Mapping[str, Any]  # by name of Field; what is secret is unsealed, for the time of the call only


class Passing(Exception):
    """It was not told, as far as we know, and may be later. ``retry_after``: not before so many seconds, if it said so.
    ``undone``: it is sure that nothing came of it over there."""

    def __init__(self, reason: str, retry_after: float | None = None, undone: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.undone = undone


class Permanent(Exception):
    """It was not told and won't be until somebody changes something: the notice or the settings are refused."""


class Field(NamedTuple):
    """One thing to be set. ``secret`` is kept sealed and never shown again."""

    name: str
    label: str
    type: Literal["text", "url", "secret", "number", "flag", "choice", "lines", "map", "template"] = "text"
    help: str = ""
    required: bool = False
    choices: Sequence[str] = ()
    default: Any = None


class Told(NamedTuple):
    """``alert`` as alerts.event.alert_event gives it now, ``transitions`` what happened since it was told last, oldest
    first (``kind at by reason data seq``)."""

    alert: dict[str, Any]
    transitions: Sequence[dict[str, Any]]


class Notice(NamedTuple):
    """What is told at once: the alerts of one group of a route.

    ``key`` is the same on every try, so that the receiver can tell a repeat. ``thread`` names the group for its whole
    life: what belongs to it can be shown as one (a message that is updated, an incident). ``reference`` is what the
    destination gave back the last time that this thread was told, or None. ``site``: where links to us begin.
    ``destination``: its slug, for kinds that keep something of their own about it.
    """

    key: str
    thread: str
    group: Mapping[str, str]
    alerts: Sequence[Told]
    site: str
    reference: Mapping[str, Any] | None = None
    destination: str = ""


class Receipt(NamedTuple):
    """``answer`` in words, for the list of attempts, without secrets; ``reference`` to be kept for the thread."""

    answer: str
    reference: Mapping[str, Any] | None = None


class Step(NamedTuple):
    """One thing that was tried, in words, and how it went."""

    what: str
    passed: bool
    detail: str = ""


class Pane(NamedTuple):
    """A part of what would be sent: words as people read it, as code as it goes out, or a page of HTML."""

    title: str
    body: str
    form: Literal["words", "code", "page"] = "words"


class Offer(NamedTuple):
    """A field of theirs that could be filled. ``takes`` in words; ``example``: a value that it would take."""

    name: str
    required: bool
    takes: str
    example: str = ""


class Kind(Protocol):
    name: str
    label: str
    fields: Sequence[Field]

    def check(self, settings: Settings) -> Mapping[str, str]:
        """What is wrong, by name of field; empty if nothing is. Asks nobody."""
        ...

    def preview(self, settings: Settings, notice: Notice) -> Sequence[Pane]:
        """What would be sent. Calls nobody. What is required may be missing; of secrets there is WITHHELD."""
        ...

    def test(self, settings: Settings) -> Iterator[Step]:
        """Try it for real, as far as that tells nobody of an alert, one step after the other."""
        ...

    def tell(self, settings: Settings, notice: Notice) -> Receipt:
        """Taken when this returns; a repeat with the same key does no harm. Raises Passing, Permanent."""
        ...
