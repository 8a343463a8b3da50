"""What the walks over an OTLP request share, whatever the signal and the encoding: resource, scope, records."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from ingest.decode.decoded import Decoded, Malformed
from ingest.decode.reader import Reader
from ingest.validate import Invalid
from telemetry.records import UNKNOWN_SERVICE, Record

LATEST = 2**63 - 1


class Origin:
    """What a resource says of all its records."""

    def __init__(self, attributes: dict[str, Any], default_service: str | None) -> None:
        self.service = text(attributes.pop("service.name", None)) or default_service or UNKNOWN_SERVICE
        self.app_version = text(attributes.pop("service.version", None))
        self.host = text(attributes.pop("host.name", None))
        older = text(attributes.pop("deployment.environment", None))
        self.environment = text(attributes.pop("deployment.environment.name", None)) or older
        self.shared = {f"resource.{key}": value for key, value in attributes.items()}


def text(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else str(value)


def origin(resource: Any, scope: Any, reader: Reader, default_service: str | None) -> Origin:
    found = Origin(reader.attributes(resource.attributes), default_service)
    if scope.name:
        found.shared["scope.name"] = scope.name
    return found


def time_of(value: Any, otherwise: int) -> int:
    """Nanoseconds; 0 means not given, and what no clock shows can't be meant."""
    nanoseconds = value if isinstance(value, int) else whole(value)
    return nanoseconds if 0 < nanoseconds <= LATEST else otherwise


def whole(value: Any) -> int:
    try:
        return int(value)
    except ValueError:
        raise Invalid(f"expected a whole number, got {str(value)[:40]!r}") from None


class Walk:
    """One request's: how it is read, what is said of records that don't say it, and what it comes to."""

    def __init__(self, reader: Reader, received_at: int, default_service: str | None) -> None:
        self.reader = reader
        self.received_at = received_at
        self.default_service = default_service
        self.decoded = Decoded()

    def each(
        self,
        items: Iterable[Any],
        resource: Any,
        scope: Any,
        make: Callable[[Any, Origin, "Walk"], Record],
        shown: Callable[[Any, Reader], Any] = lambda item, reader: reader.shown(item),
    ) -> None:
        """The records of one scope. What is wrong with the resource is wrong with each of them."""
        decoded, reader = self.decoded, self.reader
        try:
            source = origin(resource, scope, reader, self.default_service)
        except Malformed:
            raise
        except Exception as error:
            for index, item in enumerate(items, decoded.size):
                decoded.refuse(index, error, self.default_service, shown, item, reader)
            return
        for index, item in enumerate(items, decoded.size):
            try:
                decoded.records.append(make(item, source, self))
            except Malformed:
                raise
            except Exception as error:
                decoded.refuse(index, error, source.service, shown, item, reader)
            else:
                decoded.indexes.append(index)


def pick(names: tuple[str, ...], number: Any) -> str:
    number = number if isinstance(number, int) else whole(number)
    return names[number] if 0 <= number < len(names) else names[0]


def finite(number: Any) -> float | None:
    """What a column can hold: NaN and infinities are no value."""
    try:
        number = float(number)
    except ValueError:
        raise Invalid(f"expected a number, got {str(number)[:40]!r}") from None
    return number if math.isfinite(number) else None
