"""Which of our fields a Sigma field is, and which records a logsource means."""

import re

import msgspec

from alerts.sigma.refused import Refused
from query.fields import LOGS, Field

NAME = re.compile(r"[\w.@-]+")


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A logsource (what is left out may be anything) and the query of its records."""

    query: str
    category: str | None = None
    product: str | None = None
    service: str | None = None

    def covers(self, logsource: dict[str, str]) -> bool:
        named = {name: getattr(self, name) for name in ("category", "product", "service")}
        return all(value is None or logsource.get(name) == value for name, value in named.items())

    def exactness(self) -> int:
        return sum(value is not None for value in (self.category, self.product, self.service))


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``fields``: Sigma's name -> ours. What is not among them, and is none of our own names, is an attribute:
    ``prefix`` and the name. ``keywords``: the field that words without a field are looked for in."""

    fields: dict[str, str] = {}
    prefix: str = "attrs."
    keywords: str = "message"
    sources: tuple[Source, ...] = ()

    def field(self, name: str, place: str) -> Field:
        ours = self.fields.get(name) or (name if name in LOGS else self.prefix + name)
        if not NAME.fullmatch(ours):
            raise Refused(place, f"the field {name!r} has characters that a query can't name; map it to another")
        found = LOGS.find(ours)
        if found is None:
            raise Refused(place, f"the field {name!r} is mapped to {ours!r}, which is no field of a log")
        return found

    def source(self, logsource: dict[str, str]) -> str | None:
        """The query of the logsource's records, by the most exact of the sources; None if none is mapped."""
        covering = [source for source in self.sources if source.covers(logsource)]
        return max(covering, key=Source.exactness).query if covering else None
