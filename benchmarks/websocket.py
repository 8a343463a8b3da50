"""A WebSocket client that only listens, on the standard library (RFC 6455)."""

import base64
import json
import os
import socket
import struct
from typing import Any

TEXT, PING, PONG = 1, 9, 10


class WebSocket:
    """``receive`` gives the next message as JSON; raises TimeoutError."""

    def __init__(self, address: str, path: str, cookie: str, origin: str) -> None:
        host, _, port = address.partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {path} HTTP/1.1", f"Host: {address}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Origin: {origin}", f"Cookie: {cookie}", "", "",
        )  # fmt: skip
        self.socket.sendall("\r\n".join(lines).encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline()
        if b" 101 " not in status:
            raise ConnectionError(status.decode().strip())
        while self.file.readline().strip():
            pass

    def __enter__(self) -> "WebSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def receive(self, timeout: float) -> Any:
        self.socket.settimeout(timeout)
        while True:
            kind, payload = self.frame()
            if kind == PING:
                self.send(PONG, payload)
            elif kind == TEXT:
                return json.loads(payload)
            else:
                raise ConnectionError(f"the server closed: {payload[2:].decode(errors='replace')}")

    def frame(self) -> tuple[int, bytes]:
        first, second = self.file.read(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", self.file.read(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self.file.read(8))
        return first & 0x0F, self.file.read(size)

    def send(self, kind: int, payload: bytes) -> None:
        """Short frames only; a client masks what it sends, with zeros here, which is allowed and enough."""
        self.socket.sendall(bytes([0x80 | kind, 0x80 | len(payload)]) + bytes(4) + payload)
