"""Runs daphne with what it lacks: a cap on bodies before they are buffered, plain errors, and a clean end.

daphne keeps every body in a temporary file, however large. Here a body is kept in memory and refused at its cap; all
bodies together have a cap too. What many WebSockets are sent is made into a frame once.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import Any

# must come first: it chooses the reactor that the other imports take
from daphne.server import Server as DaphneServer  # isort: skip
from autobahn.websocket.protocol import PreparedMessage
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from django.core.management.base import CommandError
from twisted.internet import defer, reactor
from twisted.internet.error import CannotListenError
from twisted.logger import globalLogBeginner

from ingest import receive
from ingest.otlp_http import Answer, refusal

ALL_BODIES_BYTES = 256 * 2**20  # that may be in memory at the same time
LINGER_BYTES = 4 * settings.INGEST_MAX_BYTES  # read and dropped after a refusal, so that a sender gets to read it
DRAIN_SECONDS = 2.5  # for requests that are under way when we are told to stop
STOP_SECONDS = 4.5  # then the process ends, whatever still runs in it

REASONS = {400: b"Bad Request", 413: b"Content Too Large", 503: b"Service Unavailable"}


class CappedRequest(WebRequest):  # type: ignore[misc]
    refused = False
    size = 0  # of the body so far
    held = 0  # of it in memory

    def gotLength(self, length: int | None) -> None:
        """Called when the headers are read."""
        self.content = BytesIO()
        self.check(length or 0)

    def handleContentChunk(self, data: bytes) -> None:
        self.size += len(data)
        if self.refused:
            if self.size > LINGER_BYTES:
                self.channel.loseConnection()
            return
        self.check(self.size)
        if not self.refused:
            self.hold(len(data))
            self.content.write(data)

    def check(self, size: int) -> None:
        if size > settings.INGEST_MAX_BYTES:
            self.refuse(receive.TooLarge(f"larger than {settings.INGEST_MAX_BYTES} bytes"))
        elif self.server.held + size - self.held > ALL_BODIES_BYTES:
            self.refuse(receive.Unavailable("too many requests at a time", receive.RETRY_SECONDS))

    def refuse(self, refused: receive.Refused) -> None:
        """Answer before the body has come; the connection ends with it."""
        self.refused = True
        self.hold(-self.held)
        self.content = BytesIO()
        self.requestHeaders.removeHeader(b"Expect")  # nobody should send on
        content_type = self.requestHeaders.getRawHeaders(b"content-type", [b""])[0].decode("latin-1")
        path = self.channel._path.partition(b"?")[0].decode("latin-1")
        self.channel.transport.write(on_the_wire(refusal(path, content_type, refused)))

    def process(self) -> Any:
        if self.refused:
            self.channel.loseConnection()
            return None
        return super().process()

    def hold(self, size: int) -> None:
        self.held += size
        self.server.held += size

    def finish(self) -> None:
        self.hold(-self.held)
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self.hold(-self.held)
        super().connectionLost(reason)


def on_the_wire(answer: Answer) -> bytes:
    headers = [
        (b"Content-Type", answer.content_type),
        (b"Content-Length", str(len(answer.body)).encode()),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"Connection", b"close"),
        *answer.headers,
    ]
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (answer.status, REASONS[answer.status], lines, answer.body)


class CappedFactory(HTTPFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = CappedRequest
        return protocol


class SharedFrames(WebSocketProtocol):  # type: ignore[misc]
    def serverSend(self, content: Any, binary: bool = False) -> None:
        if binary or self.state != self.STATE_OPEN:
            super().serverSend(content, binary)
        else:
            self.sendPreparedMessage(prepared(content))


@lru_cache(maxsize=8)
def prepared(text: str) -> PreparedMessage:
    """Of the text that one connection after the other sends."""
    return PreparedMessage(text.encode(), isBinary=False, applyMask=False, doNotCompress=True)


class Server(DaphneServer):  # type: ignore[misc]
    def __init__(self, application: Any, ready: Callable[[], None]) -> None:
        super().__init__(application, endpoints=["ours"], request_buffer_size=2**20, server_name="", verbosity=0)
        self.ready = ready
        self.held = 0
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = CappedFactory(self)
        self.ws_factory = WebSocketFactory(self, server=self.server_name)
        self.ws_factory.protocol = SharedFrames
        self.ws_factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            allowNullOrigin=True,  # the application's own check decides
            openHandshakeTimeout=self.websocket_handshake_timeout,
            maxMessagePayloadSize=self.websocket_max_message_size,
            maxFramePayloadSize=self.websocket_max_frame_size,
        )

    def listen(self, host: str, port: int, variable: str) -> None:
        twisted: Any = reactor
        try:
            self.listeners.append(twisted.listenTCP(port, self.http_factory, interface=host))
        except CannotListenError as error:
            raise CommandError(f"{variable}: cannot listen on {host}:{port}: {error.socketError}") from error

    def run(self) -> None:
        """Until SIGTERM or SIGINT, and what was under way is done."""
        silence: Any = [lambda _: None]  # Twisted's own log repeats what is logged already
        globalLogBeginner.beginLoggingTo(silence, redirectStandardIO=False, discardBuffer=True)
        twisted: Any = reactor
        twisted.callLater(1, self.application_checker)
        twisted.callLater(2, self.timeout_checker)
        asyncio.set_event_loop(twisted._asyncioEventloop)
        twisted.addSystemEventTrigger("before", "shutdown", self.drain)
        twisted.callWhenRunning(self.ready)
        twisted.run()

    def drain(self) -> "defer.Deferred[None]":
        """Take no new connections; give requests their time, then end all that is left (WebSockets, mostly)."""
        watchdog = threading.Timer(STOP_SECONDS, os._exit, [0])
        watchdog.daemon = True
        watchdog.start()
        return defer.Deferred.fromFuture(asyncio.ensure_future(self.end_requests()))

    async def end_requests(self) -> None:
        for listener in self.listeners:
            listener.stopListening()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DRAIN_SECONDS
        while self.running(CappedRequest) and loop.time() < deadline:  # noqa: ASYNC110 - daphne tells nobody
            await asyncio.sleep(0.02)
        tasks = self.running(object)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def running(self, kind: type) -> list[asyncio.Task[None]]:
        tasks = [
            details.get("application_instance") for peer, details in self.connections.items() if isinstance(peer, kind)
        ]
        return [task for task in tasks if task is not None and not task.done()]
