"""A server as a process of its own: started, stopped as an operator does, killed as a crash does."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.tools import free_ports, missing

CI = Path(__file__).resolve().parents[2] / ".ci"
# Some servers refuse to run as root, and another user can't read root's home.
CACHE = Path(os.environ.get("STACKLENS_SERVERS") or "/var/tmp/stacklens-servers")  # noqa: S108 - a cache, not a secret
START_SECONDS = 300


def installed(name: str) -> Path:
    """Where the server's files lie; ``.ci/NAME`` gets them, where that can be done."""
    ran = subprocess.run(
        [CI / name], capture_output=True, text=True, env=os.environ | {"STACKLENS_SERVERS": str(CACHE)}
    )
    if ran.returncode:
        missing(f"{name} ({' '.join(ran.stderr.split())[-300:]})")
    return Path(ran.stdout.strip().splitlines()[-1])


class Server:
    """Its data outlives stop, kill and restart, and goes with ``remove``. The ports stay the same."""

    name = "server"
    user = group = ""  # who it runs as where we are root
    ports_needed = 1
    stop_seconds = 30.0

    def __init__(self) -> None:
        self.ports = free_ports(self.ports_needed)
        self.folder = Path(tempfile.mkdtemp(prefix=f"stacklens-{self.name}-"))
        self.folder.chmod(0o755)
        self.home = self.folder  # replaced by servers that lie somewhere
        self.process: subprocess.Popen[bytes] | None = None
        self.prepare()

    def prepare(self) -> None:
        """Write configuration and empty data, once."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def ready(self) -> bool:
        return listens(self.ports[0])

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> "Server":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.as_user(), *self.command()],
                env=self.environment(),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        self.end(signal.SIGTERM)

    def kill(self) -> None:
        """As kill -9 of all its processes."""
        self.end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def send(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.send(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.stop_seconds)
        self.send(signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def as_user(self) -> list[str]:
        if not self.user or os.getuid() != 0:
            return []
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.group}", "--clear-groups", "env", "HOME=/tmp"]

    def give_to_user(self, path: Path) -> None:
        if self.user and os.getuid() == 0:
            for each in [path, *path.rglob("*")]:
                shutil.chown(each, self.user, self.group)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True
