"""The plain JSON log, contract v1: what one must look like, and why one is refused.

schema/log_schema.json says the same for others; a test holds the two in step.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from ingest.rfc3339 import Moment, OutOfRange, nanoseconds
from telemetry.records import STATUSES, LogRecord

HEX32 = r"^[0-9a-fA-F]{32}$"
HEX16 = r"^[0-9a-fA-F]{16}$"
UUID = r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"
SEMVER = r"^v?[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:[-+.][0-9A-Za-z.+-]*)?$"
LEVEL_NAMES = {
    "error": "error", "fatal": "error", "critical": "error", "warn": "warn", "warning": "warn",
    "info": "info", "debug": "debug", "trace": "debug",
}  # fmt: skip
MESSAGE_LIMIT = 256 * 1024  # characters
DEPTH_LIMIT = 32
# Contract fields that an OTLP attribute of the same name fills, and whether its value has the form it must have.
FORMS: dict[str, Callable[[str], bool]] = {
    "request_id": lambda value: re.match(UUID, value) is not None,
    "error_code": lambda value: 0 < len(value) <= 200,
    "user_id": lambda value: 0 < len(value) <= 255,
    "product_id": lambda value: 0 < len(value) <= 255,
    "action": lambda value: 0 < len(value) <= 255,
    "status": STATUSES.__contains__,
    "app_version": lambda value: re.match(SEMVER, value) is not None,
}

Service = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Meta = msgspec.Meta


class JsonLog(msgspec.Struct, gc=False):
    """The fields of the contract as msgspec checks them."""

    timestamp: Moment
    service: Service
    level: str
    message: str
    trace_id: Annotated[str, Meta(pattern=HEX32)] | None = None
    span_id: Annotated[str, Meta(pattern=HEX16)] | None = None
    request_id: Annotated[str, Meta(pattern=UUID)] | None = None
    error_code: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    user_id: Text | None = None
    product_id: Text | None = None
    action: Text | None = None
    status: Annotated[str, Meta(pattern="^(success|failure)$")] | None = None
    app_version: Annotated[str, Meta(pattern=SEMVER)] | None = None
    attrs: dict[str, Any] | None = None


KNOWN = frozenset(JsonLog.__struct_fields__)


class PlainLog(JsonLog, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Most logs: one without unknown keys, whose time is still a text and whose service may be its key's. What a
    pattern would check in each is left to ``plain_record``, which remembers."""

    timestamp: str  # type: ignore[assignment]  # not yet looked at
    service: Service | None = None  # type: ignore[assignment]
    message: Annotated[str, Meta(max_length=MESSAGE_LIMIT)]
    trace_id: Annotated[str, Meta(min_length=32, max_length=32)] | None = None
    span_id: Annotated[str, Meta(min_length=16, max_length=16)] | None = None
    app_version: Annotated[str, Meta(max_length=100)] | None = None


class FlatLog(PlainLog, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Most of them: attributes hold no lists or objects."""

    attrs: dict[str, str | int | float | bool | None] | None = None


FLAT = frozenset((str, int, float, bool, type(None)))


class Invalid(ValueError):
    """Why a record can't be used; ``reason`` is one of REJECT_REASONS."""

    def __init__(self, error: str, reason: str = "invalid_field") -> None:
        super().__init__(error)
        self.reason = reason


def log_record(item: Any, default_service: str | None = None) -> LogRecord:
    """One decoded JSON value as a LogRecord; raises Invalid naming the field."""
    if default_service and isinstance(item, dict) and item.get("service") is None:
        item = item | {"service": default_service}
    try:
        log = msgspec.convert(item, JsonLog)
    except msgspec.ValidationError as error:
        raise Invalid(str(error).replace(" - at `$.", " - at `")) from None
    attrs = log.attrs or {}
    if len(item) > len(KNOWN) or not KNOWN.issuperset(item):
        attrs = attrs | {key: value for key, value in item.items() if key not in KNOWN}
    lower_ids([log])
    made = record(log, item["timestamp"], log.service, attrs)
    check_size(made.message, made.attrs)
    return made


def check_ids(logs: Sequence[PlainLog]) -> None:
    """Raises ValueError where an id is not hexadecimal; one look for all costs less than a pattern for each."""
    ids = "".join([f"{log.trace_id or ''}{log.span_id or ''}" for log in logs])
    if 2 * len(bytes.fromhex(ids)) != len(ids):  # it passes over spaces
        raise Invalid("trace_id or span_id: not hexadecimal")
    if ids != ids.lower():
        lower_ids(logs)


def lower_ids(logs: Sequence[JsonLog]) -> None:
    for log in logs:
        log.trace_id, log.span_id = log.trace_id and log.trace_id.lower(), log.span_id and log.span_id.lower()


def plain_record(log: PlainLog, default_service: str | None) -> LogRecord:
    """The same of what was read as a PlainLog; raises ValueError where ``log_record`` has to say why. Its ids and what
    is nested in it are the caller's to check."""
    if not (service := log.service or default_service):
        raise Invalid("service: missing")
    if log.app_version is not None and not is_version(log.app_version):
        raise Invalid("app_version: no version")
    return record(log, log.timestamp, service, log.attrs or {})


@lru_cache(maxsize=4096)
def is_version(text: str) -> bool:
    return FORMS["app_version"](text)


def record(log: JsonLog, time: str, service: str, attrs: dict[str, Any]) -> LogRecord:
    level = LEVEL_NAMES.get(log.level) or LEVEL_NAMES.get(log.level.lower())
    if level is None:
        raise Invalid(f"level: expected error, warn, info or debug, got {log.level[:40]!r}")
    try:
        timestamp = nanoseconds(time)
    except OutOfRange as error:
        raise Invalid(f"timestamp: {error}") from None
    return LogRecord(
        timestamp=timestamp,
        service=service,
        level=level,
        message=log.message,
        trace_id=log.trace_id,
        span_id=log.span_id,
        request_id=log.request_id,
        error_code=log.error_code,
        user_id=log.user_id,
        product_id=log.product_id,
        action=log.action,
        status=log.status,
        app_version=log.app_version,
        attrs=attrs,
    )


def check_size(message: str, attrs: dict[str, Any]) -> None:
    if len(message) > MESSAGE_LIMIT:
        raise Invalid(f"message: longer than {MESSAGE_LIMIT} characters", "too_large")
    if FLAT.issuperset(map(type, attrs.values())):
        return
    for key, value in attrs.items():
        if isinstance(value, list | dict) and depth(value, 1) > DEPTH_LIMIT:
            raise Invalid(f"attrs.{key}: nested deeper than {DEPTH_LIMIT} levels", "too_deep")


def depth(value: Any, level: int) -> int:
    """How deep lists and dicts are nested; not looked at further than the limit."""
    if level > DEPTH_LIMIT or not isinstance(value, list | dict):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((depth(item, level + 1) for item in inner), default=level)
