"""The door, whatever the protocol: key, size, encoding, decode; queued when it returns.

What is refused raises ``Refused``, which carries the decision in HTTP's words and in gRPC's. Bodies are queued as they
came (decompressed), bad records included: the worker keeps those as dead letters.
"""

import math
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import Future

import msgspec
from django.conf import settings

from ingest import metrics
from ingest.decode import Malformed, Rejected, decode
from ingest.keys import Key, Keys
from ingest.transport.interface import Producer

TOPICS = {signal: topic for topic, signal in settings.TOPIC_SIGNALS.items()}
DURABLE_SECONDS = 25.0  # the longest a sender waits for the commit
RETRY_SECONDS = 5
GZIP_MEMBERS = 100
PROTOBUF, JSON, LOG = "protobuf", "json", "log"


class Refused(Exception):
    """``status`` is HTTP's, ``code`` is google.rpc.Code's; ``rejected`` says why nothing of the request is valid."""

    status = 400
    code = 3  # INVALID_ARGUMENT

    def __init__(self, reason: str, retry_after: int = 0, rejected: Sequence[Rejected] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.rejected = rejected


class BadRequest(Refused):
    pass


class Unauthenticated(Refused):
    status, code = 401, 16


class WrongHost(Refused):
    status, code = 403, 7


class NotFound(Refused):
    status, code = 404, 12


class WrongMethod(Refused):
    status, code = 405, 12


class TooLarge(Refused):
    status, code = 413, 8


class UnsupportedType(Refused):
    status, code = 415, 3


class TooMany(Refused):
    status, code = 429, 8


class Unavailable(Refused):
    status, code = 503, 14


class Accepted(msgspec.Struct):
    """A request that may be queued: ``records`` of it are valid."""

    topic: str
    value: bytes
    headers: dict[str, str]
    records: int
    rejected: Sequence[Rejected]


class Door:
    def __init__(self, producer: Producer, keys: Keys | None = None) -> None:
        self.producer = producer
        self.keys = keys or Keys()

    def admit(self, authorization: str) -> Key | None:
        """The key of an ``Authorization`` header, counted against its limit; None where none is asked for."""
        scheme, _, secret = authorization.partition(" ")
        key = self.keys.find(secret.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            if settings.INGEST_AUTH == "required":
                raise Unauthenticated("a valid ingest key is required: Authorization: Bearer <key>")
            return None
        if wait := self.keys.wait(key):
            raise TooMany("this key's requests per second are used up", retry_after=math.ceil(wait))
        return key

    def append(self, accepted: Accepted) -> "Future[int] | None":
        """None where there is nothing to keep."""
        if not accepted.records and not accepted.rejected:
            return None
        metrics.REQUEST_BYTES.inc(len(accepted.value))
        return self.producer.append(accepted.topic, accepted.value, accepted.headers)


def examine(signal: str, encoding: str, value: bytes, key: Key | None) -> Accepted:
    """Decode once, to tell the sender what is wrong while it can still do something about it. Pure; takes its time."""
    service = key.service if key else ""
    try:
        decoded = decode(
            value, signal=signal, encoding=encoding, received_at=time.time_ns(), default_service=service or None
        )
    except Malformed as error:
        raise BadRequest(str(error)) from error
    if decoded.rejected and not decoded.records and encoding == LOG:
        raise BadRequest("no record is valid", rejected=decoded.rejected)
    headers = {"encoding": encoding}
    if key and key.service:
        headers["service"] = key.service
    if key and key.environment:
        headers["environment"] = key.environment
    return Accepted(TOPICS[signal], value, headers, len(decoded.records), decoded.rejected)


def decompress(body: bytes, content_encoding: str) -> bytes:
    """gzip or nothing, never more than the cap: what a bomb would make beyond it is not made."""
    cap = settings.INGEST_MAX_BYTES
    if len(body) > cap:
        raise TooLarge(f"larger than {cap} bytes")
    if content_encoding in ("", "identity"):
        return body
    if content_encoding not in ("gzip", "x-gzip"):
        raise UnsupportedType("Content-Encoding: gzip or identity, please")
    return gunzip(body, cap)


def gunzip(body: bytes, cap: int) -> bytes:
    """A gzip file may have several members."""
    parts: list[bytes] = []
    left = cap
    try:
        while body:
            if len(parts) == GZIP_MEMBERS:  # each costs a copy of what follows it
                raise BadRequest("too many gzip members")
            stream = zlib.decompressobj(wbits=31)
            parts.append(stream.decompress(body, left + 1))
            left -= len(parts[-1])
            if left < 0:
                raise TooLarge(f"larger than {cap} bytes when decompressed")
            if not stream.eof:
                raise BadRequest("the gzip data ends too early")
            body = stream.unused_data
    except zlib.error as error:
        raise BadRequest(f"not gzip: {error}") from error
    return b"".join(parts)


def reject_summary(rejected: Sequence[Rejected]) -> str:
    """The first few reasons, in words."""
    shown = "; ".join(f"record {each.index}: {each.error}" for each in rejected[:3])
    more = len(rejected) - 3
    return f"{shown}; and {more} more" if more > 0 else shown


def status_message(refused: Refused) -> bytes:
    """google.rpc.Status: code, message, and RetryInfo where it is worth trying again."""
    fields = b"\x08" + varint(refused.code) + field(2, refused.reason.encode())
    if refused.retry_after:
        retry_info = field(1, b"\x08" + varint(refused.retry_after))
        fields += field(3, field(1, b"type.googleapis.com/google.rpc.RetryInfo") + field(2, retry_info))
    return fields


def field(number: int, value: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(number: int) -> bytes:
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])
