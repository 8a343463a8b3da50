"""Calls that leave: to public addresses only, or where the settings allow, straight there, small and in time.

The name is looked up once, when the connection is made, and the connection goes to the very address that was judged;
TLS and Host still name the host. So an answer of the name server that changes does no harm.
"""

import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Self

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util.connection import create_connection

from integrations.destinations.kind import Passing, Permanent
from integrations.outbound.addresses import PORTS, Allowed, Refused, examine, reachable, target

Resolve = Callable[[str, int], Sequence[str]]

SECONDS = 10.0  # a whole call, however slowly it drips
CONNECT_SECONDS = 5.0  # one address
MOST = 64 * 2**10  # bytes of an answer, decompressed
LONGEST_WAIT = 86400.0
LONG = re.compile(r"[^/?&=:]{16,}")  # of the parts of an address those that may be a credential
PASSING = frozenset({408, 425, 429})
UNDONE = frozenset({425, 429})  # refused before it was looked at
UNUSABLE = (
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class Unreached(requests.ConnectionError):
    """There was no connection, so nothing was asked."""


class Answer(NamedTuple):
    """What was answered with success; ``body`` is cut at MOST."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    method: str = "POST",
    conceal: Sequence[str] = (),
    adapter: "Adapter | None" = None,
) -> Answer:
    """Raises Passing and Permanent, in words that hold neither the path, which may be a credential, nor ``conceal``."""
    secrets = (*conceal, url, *LONG.findall(url))
    with session(adapter or Adapter(seconds=SECONDS, cut=True)) as ours:
        try:
            answer = ours.request(method, url, data=body, headers=dict(headers), allow_redirects=False)
        except UNUSABLE as error:
            raise Permanent(concealed(str(error), secrets)) from None
        except requests.RequestException as error:
            raise Passing(
                str(error), undone=isinstance(error, Unreached)
            ) from None  # what it comes from names the path
    judge(answer.status_code, answer.headers.get("Retry-After", ""), concealed(answer.text, secrets))
    return Answer(answer.status_code, answer.headers, answer.content)


def judge(status: int, wait: str, said: str) -> None:
    """Raises what an answer other than success means."""
    if 200 <= status < 300:
        return
    words = " ".join(f"answered {status}: {said}".split())[:300].removesuffix(":")
    if status in PASSING or status >= 500:
        raise Passing(words, retry_after(wait, datetime.now(UTC)), undone=status in UNDONE)
    raise Permanent(words)


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds, from seconds or a date."""
    with suppress(ValueError):
        seconds = float(text) if text.strip().isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
        return min(max(seconds, 0.0), LONGEST_WAIT)
    return None


def concealed(text: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "•••")
    return text


def session(adapter: "Adapter") -> requests.Session:
    """Without proxies, .netrc or certificates from the environment; it knows no scheme but ours."""
    made = requests.Session()
    made.trust_env = False
    made.verify = settings.OUTBOUND_CA or True
    made.headers["User-Agent"] = "StackLens"
    made.adapters.clear()
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


def lookup(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Adapter(HTTPAdapter):
    """For a session of requests. Raises its exceptions, in our words, and Permanent where we don't call. ``cut``: an
    answer that is too large is cut, where its beginning is enough."""

    def __init__(
        self,
        open_to: Allowed | None = None,
        resolve: Resolve = lookup,
        seconds: float = SECONDS,
        most: int = MOST,
        cut: bool = False,
    ) -> None:
        self.allowed: Allowed = settings.OUTBOUND_ALLOW if open_to is None else open_to
        self.resolve, self.seconds, self.most, self.cut = resolve, seconds, most, cut
        self.local = threading.local()
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **more)
        self.poolmanager: PoolManager
        self.poolmanager.pool_classes_by_scheme = pools(self)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        with Watch(self.seconds) as watch:
            self.local.watch = watch
            try:
                asked = target(request.url or "", self.allowed)
                answer = super().send(request, True, self.seconds, verify, cert, None)
                answer._content = self.read(answer)
            except Refused as refused:
                raise Permanent(str(refused)) from None
            except (requests.RequestException, HTTPError, OSError) as error:
                raise watch.failure(error, asked.host) from None  # what it comes from names the path
        if 300 <= answer.status_code < 400:
            raise Permanent(f"answered {answer.status_code}: redirects are not followed")
        return answer

    def read(self, answer: requests.Response) -> bytes:
        body = bytearray()
        while more := answer.raw.read(self.most + 1 - len(body), decode_content=True):
            body += more
            if len(body) > self.most:
                answer.raw.close()
                if self.cut:
                    break
                raise requests.exceptions.ContentDecodingError(f"answered more than {self.most} bytes")
        return bytes(body[: self.most])

    def watch(self, connection: HTTPConnection) -> None:
        """One that is used again."""
        if connection.sock is not None:
            self.local.watch.add(connection.sock)

    def connect(self, scheme: str, connection: HTTPConnection) -> socket.socket:
        """To an address that we may call, watched from its first moment."""
        watch: Watch = self.local.watch
        bare, port = connection.host.strip("[]"), int(connection.port or PORTS[scheme])
        host = f"[{bare}]" if ":" in bare else bare
        examine(scheme, host, port, self.allowed)
        failed: OSError = OSError("it has no address")
        try:
            found = resolved(self.resolve, bare, port, watch.left)
        except OSError as error:
            raise NewConnectionError(connection, words(error)) from error
        for address in reachable(host, port, found, self.allowed):
            try:
                made = create_connection((address, port), min(watch.left, CONNECT_SECONDS))
            except OSError as error:
                failed = error
                continue
            watch.add(made)
            return made
        raise NewConnectionError(connection, words(failed)) from failed


def pools(adapter: Adapter) -> dict[str, type[HTTPConnectionPool]]:
    """Pools of urllib3 whose connections are made by the adapter."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return adapter.connect("http", self)

        def request(self, *args: Any, **kwargs: Any) -> None:
            adapter.watch(self)
            super().request(*args, **kwargs)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return adapter.connect("https", self)

        def request(self, *args: Any, **kwargs: Any) -> None:
            adapter.watch(self)
            super().request(*args, **kwargs)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def resolved(resolve: Resolve, host: str, port: int, seconds: float) -> Sequence[str]:
    """In a thread of its own, as a name server that hangs can't be told to stop."""
    found: Future[Sequence[str]] = Future()

    def look() -> None:
        try:
            found.set_result(resolve(host, port))
        except OSError as error:
            found.set_exception(error)

    threading.Thread(target=look, daemon=True).start()
    return found.result(seconds)


class Watch:
    """Ends the connections of a call when its time is over, wherever it hangs: in TLS, in the headers, in the body."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends = time.monotonic() + seconds
        self.sockets: list[socket.socket] = []
        self.lock = threading.Lock()
        self.timer = threading.Timer(seconds, self.end)
        self.timer.daemon = True

    def __enter__(self) -> Self:
        self.timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()
        with self.lock:
            for one in self.sockets:
                one.close()
            self.sockets.clear()

    @property
    def left(self) -> float:
        return max(self.ends - time.monotonic(), 0.001)

    def add(self, one: socket.socket) -> None:
        # another handle of the same connection: TLS takes the first one over
        copy = socket.socket(fileno=os.dup(one.fileno()))
        with self.lock:
            self.sockets.append(copy)
        if time.monotonic() >= self.ends:
            self.end()

    def end(self) -> None:
        with self.lock:
            for one in self.sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def failure(self, error: Exception, host: str) -> requests.RequestException:
        if isinstance(error, requests.exceptions.ContentDecodingError):
            return error
        if time.monotonic() >= self.ends:
            return requests.Timeout(f"{host} did not answer in {self.seconds:g} s")
        kind = requests.ConnectionError if self.sockets else Unreached
        return kind(f"{host} can't be reached: {words(error)}")


def words(error: BaseException) -> str:
    """Of the error that began it."""
    while isinstance(deeper := getattr(error, "reason", None) or error.__cause__ or error.__context__, BaseException):
        error = deeper
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
