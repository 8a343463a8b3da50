"""A door in front of Postgres through which now and then a COMMIT doesn't come back."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class Cutting:
    """What becomes of every fourth COMMIT, until none of the fates is left: ``unheard``, the connection is reset before
    Postgres hears of it; ``unanswered``, after Postgres has done it; ``vanished``, the client goes without a word to
    Postgres, as where a machine loses its power with a transaction open."""

    every = 4

    def __init__(self, port: int, fates: Sequence[str]) -> None:
        self.target, self.left = port, list(fates)
        self.commits = 0
        self.kept: list[socket.socket] = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self) -> None:
        for one in (self.listener, *self.kept):
            shut(one)

    def accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self.target))
        silent, answered = threading.Event(), threading.Event()
        threading.Thread(target=back, args=(server, client, silent, answered), daemon=True).start()
        fate = ""
        with suppress(OSError):
            while not fate and (data := client.recv(65536)):
                fate = self.fate() if data.endswith(COMMIT) else ""
                if fate == "unanswered":
                    silent.set()
                if fate not in ("unheard", "vanished"):
                    server.sendall(data)
            if fate == "unanswered":
                answered.wait(10)
        shut(client)
        if fate == "vanished":
            self.kept.append(server)
        else:
            shut(server)

    def fate(self) -> str:
        with self.lock:
            self.commits += 1
            return "" if self.commits % self.every or not self.left else self.left.pop(0)


def back(server: socket.socket, client: socket.socket, silent: threading.Event, answered: threading.Event) -> None:
    with suppress(OSError):
        while data := server.recv(65536):
            if silent.is_set():
                break
            client.sendall(data)
    answered.set()
    if not silent.is_set():
        shut(client)


def shut(one: socket.socket) -> None:
    """Also for threads that wait at it."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
