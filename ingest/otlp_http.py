"""The door over HTTP: OTLP and the seed's JSON log, as one small ASGI application without Django's middleware."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import msgspec
from django.conf import settings
from django.db import DatabaseError, connections
from django.http.request import split_domain_port, validate_host
from google.protobuf import json_format
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics_service
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces

from ingest import metrics, receive
from ingest.decode import Rejected
from ingest.receive import JSON, LOG, PROTOBUF, Accepted, Door, Refused
from ingest.transport.interface import TransportFull

P = ParamSpec("P")
T = TypeVar("T")
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

# what each path takes, and for OTLP how it names what was rejected
PATHS = {"/v1/logs": "logs", "/v1/traces": "traces", "/v1/metrics": "metrics", "/api/ingest/log": "logs"}
RESPONSES: dict[str, tuple[type[Message], str]] = {
    "logs": (logs.ExportLogsServiceResponse, "rejected_log_records"),
    "traces": (traces.ExportTraceServiceResponse, "rejected_spans"),
    "metrics": (metrics_service.ExportMetricsServiceResponse, "rejected_data_points"),
}
OTLP_TYPES = {"application/x-protobuf": PROTOBUF, "application/protobuf": PROTOBUF, "application/json": JSON}
LOG_TYPES = ("application/json", "application/x-ndjson", "application/ndjson", "text/plain")
CONTENT_TYPES = {PROTOBUF: b"application/x-protobuf", JSON: b"application/json", LOG: b"application/json"}

INLINE_BYTES = 64 * 1024  # larger bodies are decoded in a thread, so that nobody else waits for them
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
CORS = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"retry-after")]
PREFLIGHT = [
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"content-type, authorization, content-encoding"),
    (b"access-control-max-age", b"86400"),
]


class Answer(msgspec.Struct):
    status: int
    content_type: bytes
    body: bytes
    headers: list[tuple[bytes, bytes]] = []


class DoorApplication:
    """``door`` is asked for at the first request, because its threads belong to the process that serves."""

    def __init__(self, door: Callable[[], Door]) -> None:
        self.make_door = door
        self.made: Door | None = None

    @property
    def door(self) -> Door:
        if self.made is None:
            self.made = self.make_door()
        return self.made

    def close(self) -> None:
        if self.made is not None:
            self.made.producer.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"the door speaks http, not {scope['type']}")
        answer = await self.answer(scope, receive)
        if scope["path"] in PATHS:
            metrics.REQUESTS.labels(scope["path"], str(answer.status)).inc()
        headers = [
            (b"content-type", answer.content_type),
            (b"content-length", str(len(answer.body)).encode()),
            *CORS,
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def answer(self, scope: Scope, receive_: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if path in ("/healthz", "/readyz") and method in ("GET", "HEAD"):
            return await health(path)
        try:
            if path not in PATHS:
                raise receive.NotFound(f"nothing here; send to {', '.join(PATHS)}")
            if method == "OPTIONS":
                return Answer(204, b"text/plain", b"", PREFLIGHT)
            if method != "POST":
                raise receive.WrongMethod("POST, please")
            check_host(headers.get("host", ""))
            return await self.take(path, headers, receive_)
        except Refused as refused:
            return refusal(path, headers.get("content-type", ""), refused)

    async def take(self, path: str, headers: dict[str, str], receive_: Receive) -> Answer:
        """In the order of cost: key, type, body, decode, commit."""
        door, signal = self.door, PATHS[path]
        if door.keys.stale():
            try:
                await asyncio.to_thread(door.keys.reload)
            except DatabaseError as error:
                raise receive.Unavailable("keys can't be read now", receive.RETRY_SECONDS) from error
        key = door.admit(headers.get("authorization", ""))
        encoding = encoding_of(path, headers.get("content-type", ""))
        body = await read_body(receive_)
        content_encoding = headers.get("content-encoding", "").strip().lower()
        value = await aside(len(body), receive.decompress, body, content_encoding)
        accepted = await aside(len(value), receive.examine, signal, encoding, value, key)
        await durable(door, accepted)
        return acceptance(signal, encoding, accepted)


async def aside(size: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What takes long is done in a thread."""
    return await asyncio.to_thread(function, *args, **kwargs) if size > INLINE_BYTES else function(*args, **kwargs)


async def durable(door: Door, accepted: Accepted) -> None:
    """Return when the commit is done."""
    if (future := door.append(accepted)) is None:
        return
    try:
        await asyncio.wait_for(asyncio.wrap_future(future), receive.DURABLE_SECONDS)
    except TransportFull as full:
        raise receive.Unavailable(str(full), full.retry_after) from full
    except Exception as error:
        raise receive.Unavailable("could not be stored now", receive.RETRY_SECONDS) from error


async def read_body(receive_: Receive) -> bytes:
    """The whole body, unless it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive_()
        if event["type"] == "http.disconnect":
            raise receive.BadRequest("the body ends too early")
        parts.append(event.get("body", b""))
        size += len(parts[-1])
        if size > settings.INGEST_MAX_BYTES:
            raise receive.TooLarge(f"larger than {settings.INGEST_MAX_BYTES} bytes")
        if not event.get("more_body"):
            return b"".join(parts)


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def encoding_of(path: str, content_type: str) -> str:
    kind = media_type(content_type)
    if path.startswith("/v1/"):
        if kind not in OTLP_TYPES:
            raise receive.UnsupportedType("Content-Type: application/x-protobuf or application/json, please")
        return OTLP_TYPES[kind]
    if kind not in LOG_TYPES:
        raise receive.UnsupportedType(f"Content-Type: {', '.join(LOG_TYPES)}, please")
    return LOG


def check_host(host: str) -> None:
    """Without keys, a web page must not reach us by a name of its own that it points at this machine."""
    if settings.INGEST_AUTH == "required":
        return
    domain, _ = split_domain_port(host.lower())
    if not validate_host(domain, [*LOOPBACK_HOSTS, *settings.ALLOWED_HOSTS]):
        raise receive.WrongHost("this host name is not in ALLOWED_HOSTS")


def acceptance(signal: str, encoding: str, accepted: Accepted) -> Answer:
    if encoding == LOG:
        answer = {"accepted": accepted.records, "rejected": listed(accepted.rejected)}
        return Answer(202, CONTENT_TYPES[LOG], msgspec.json.encode(answer))
    response = export_response(signal, accepted.rejected)
    if encoding == JSON:
        return Answer(200, CONTENT_TYPES[JSON], json_format.MessageToJson(response, indent=None).encode())
    return Answer(200, CONTENT_TYPES[PROTOBUF], response.SerializeToString())


def export_response(signal: str, rejected: Sequence[Rejected]) -> Message:
    """``partial_success`` is set only where something was rejected."""
    response_type, name = RESPONSES[signal]
    if not rejected:
        return response_type()
    return response_type(partial_success={name: len(rejected), "error_message": receive.reject_summary(rejected)})


def listed(rejected: Sequence[Rejected]) -> list[dict[str, Any]]:
    return [{"index": each.index, "error": each.error} for each in rejected]


def refusal(path: str, content_type: str, refused: Refused) -> Answer:
    """The refusal in the request's own encoding; JSON where that is unknown."""
    headers: list[tuple[bytes, bytes]] = []
    if refused.retry_after:
        headers.append((b"retry-after", str(refused.retry_after).encode()))
    if refused.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refused.status == 405:
        headers.append((b"allow", b"POST, OPTIONS"))
    otlp = path.startswith("/v1/")
    if otlp and OTLP_TYPES.get(media_type(content_type)) == PROTOBUF:
        return Answer(refused.status, CONTENT_TYPES[PROTOBUF], receive.status_message(refused), headers)
    body: dict[str, Any] = {"detail": refused.reason}
    if otlp:
        body |= {"code": refused.code, "message": refused.reason}
    if refused.rejected:
        body |= {"accepted": 0, "rejected": listed(refused.rejected)}
    return Answer(refused.status, CONTENT_TYPES[JSON], msgspec.json.encode(body), headers)


async def health(path: str) -> Answer:
    if path == "/healthz":
        return Answer(200, CONTENT_TYPES[JSON], b'{"status": "ok"}')
    parts = await asyncio.to_thread(parts_ready)
    ready = all(state == "ok" for state in parts.values())
    body = {"status": "ready" if ready else "not ready", "parts": parts}
    return Answer(200 if ready else 503, CONTENT_TYPES[JSON], msgspec.json.encode(body))


def parts_ready() -> dict[str, str]:
    return {alias: database_state(alias) for alias in settings.DATABASES}


def database_state(alias: str) -> str:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError:
        return "unreachable, or not migrated"
    finally:
        connections[alias].close()
    return "ok"
