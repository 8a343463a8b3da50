"""Keeps a list of processes running: starts each again when it dies, jobs when it is time, and ends all together.

One thread does everything: a child can be prepared between fork and exec without fear of another thread's locks, and
Linux ties a child's "parent died" signal to the thread that started it.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import IO, NamedTuple

BACKOFF_FIRST = 0.5  # seconds until the first new start; doubled with each death
BACKOFF_MAX = 30.0
STEADY_SECONDS = 60.0  # a process that lived this long starts from BACKOFF_FIRST again
JOB_FIRST = 60.0  # seconds until a job's first start, so that it isn't in the way of the others' start
KILL_AFTER = 8.0  # seconds between SIGTERM and SIGKILL
TICK = 0.2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PR_SET_PDEATHSIG = 1
# loaded here, because a child must not load anything between fork and exec
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Process(NamedTuple):
    """``every``: a job, which ends by itself and is started again after so many seconds; 0 for one that is to stay."""

    name: str
    command: Sequence[str]
    every: float = 0.0


def backoff(deaths: int) -> float:
    """Seconds to wait after the given number of deaths in a row: 0.5, 1, 2, … 30."""
    return min(BACKOFF_MAX, BACKOFF_FIRST * 2.0 ** min(deaths - 1, 16))


def die_with(parent: int) -> Callable[[], None]:
    """What a child does before exec, so that it can't outlive a supervisor that was killed outright (Linux only)."""

    def prepare() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before we asked to be told
                os._exit(1)

    return prepare


class Child:
    """One process of the list, and when it is to be started next."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.popen: subprocess.Popen[bytes] | None = None
        self.start_at = time.monotonic() + min(JOB_FIRST, process.every)
        self.started = 0.0
        self.deaths = 0
        self.rest = b""  # of a line that has not ended yet

    def start(self, now: float) -> IO[bytes]:
        self.popen = subprocess.Popen(  # noqa: S603 - the commands are our own
            self.process.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # a Ctrl-C in the terminal reaches only the supervisor
            preexec_fn=die_with(os.getpid()),
        )
        self.started = now
        assert self.popen.stdout is not None
        os.set_blocking(self.popen.stdout.fileno(), False)
        return self.popen.stdout

    def died(self, now: float, code: int) -> float:
        """Note the end; gives the seconds until the next start."""
        self.popen = None
        if self.process.every and code == 0:
            self.deaths, self.start_at = 0, now + self.process.every
            return self.process.every
        self.deaths = 1 if now - self.started >= STEADY_SECONDS else self.deaths + 1
        self.start_at = now + backoff(self.deaths)
        return self.start_at - now

    def signal(self, number: signal.Signals) -> None:
        """To the whole session, so that what the process has started itself ends too."""
        if self.popen is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, number)


class Supervisor:
    """``run`` returns when a stop signal came and every child has ended."""

    def __init__(self, processes: Sequence[Process], say: Callable[[str], None] = print) -> None:
        self.children = [Child(process) for process in processes]
        self.width = max(len(process.name) for process in processes)
        self.say = say
        self.selector = selectors.DefaultSelector()
        self.stopping = 0  # how many stop signals came

    def run(self, each_tick: Callable[[], None] = lambda: None) -> None:
        """Keep the children alive; ``each_tick`` is called a few times a second until a signal stops us."""
        before = {number: signal.signal(number, self.stop) for number in STOP_SIGNALS}
        try:
            while not self.stopping:
                self.start_what_is_due()
                self.relay(TICK)
                self.bury()
                each_tick()
            self.end()
        finally:
            for child in self.children:
                child.signal(signal.SIGKILL)
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self, *_: object) -> None:
        self.stopping += 1

    def start_what_is_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.popen is None and child.start_at <= now:
                self.selector.register(child.start(now), selectors.EVENT_READ, child)

    def relay(self, timeout: float) -> None:
        """Print what the children have said, each line behind the child's name."""
        for key, _ in self.selector.select(timeout):
            self.read(key.data, key.fd)

    def read(self, child: Child, fd: int) -> bool:
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return False
        *lines, child.rest = (child.rest + data).split(b"\n")
        if not data and child.rest:
            lines, child.rest = [child.rest], b""
        for line in lines:
            self.tell(child, line.decode(errors="replace").rstrip())
        if not data and fd in self.selector.get_map():
            self.selector.unregister(fd)  # closed; a process may close its output and live on
        return bool(data)

    def tell(self, child: Child, text: str) -> None:
        self.say(f"{child.process.name:<{self.width}} | {text}")

    def bury(self) -> None:
        """Note who died, with its last words, and when it starts again."""
        now = time.monotonic()
        for child in self.children:
            if (popen := child.popen) is None or popen.poll() is None:
                continue
            child.signal(signal.SIGKILL)  # what it may have left behind
            self.close(child, popen)
            seconds = child.died(now, popen.returncode)
            if not self.stopping:
                self.tell(child, f"ended with {popen.returncode}; starts again in {seconds:g} s")

    def close(self, child: Child, popen: subprocess.Popen[bytes]) -> None:
        assert popen.stdout is not None
        fd = popen.stdout.fileno()
        while self.read(child, fd):
            pass
        if fd in self.selector.get_map():
            self.selector.unregister(fd)
        popen.stdout.close()

    def end(self) -> None:
        """SIGTERM to all; SIGKILL for those still there after a while, or at once when asked to stop a second time."""
        self.signal_all(signal.SIGTERM)
        deadline = time.monotonic() + KILL_AFTER
        while any(child.popen for child in self.children):
            if time.monotonic() > deadline or self.stopping > 1:
                self.signal_all(signal.SIGKILL)
            self.relay(TICK / 2)
            self.bury()

    def signal_all(self, number: signal.Signals) -> None:
        for child in self.children:
            child.signal(number)
