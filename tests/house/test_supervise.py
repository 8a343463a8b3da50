"""The supervisor with real processes: new starts with back-off, a clean end, no orphans."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stacklens_site.supervise import BACKOFF_MAX, KILL_AFTER, Child, Process, backoff

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")

# A supervisor with its patience and its children; each of them is a line of Python.
SUPERVISOR = """
import sys
from stacklens_site import supervise
from stacklens_site.supervise import Process, Supervisor
supervise.KILL_AFTER = float(sys.argv[1])
children = [Process(f"child{n}", (sys.executable, "-c", code)) for n, code in enumerate(sys.argv[2:])]
Supervisor(children, lambda text: print(text, flush=True)).run()
"""
SLEEPS = "import os, time; print('pid', os.getpid()); time.sleep(600)"
DIES = "import time; print('born', time.monotonic()); raise SystemExit(3)"
DEAF = (
    "import signal, os, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('pid', os.getpid()); time.sleep(600)"
)


@pytest.fixture
def supervise(tmp_path):
    started = []

    def start(*children, kill_after=KILL_AFTER):
        with (tmp_path / "out").open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, str(kill_after), *children],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parent.parent.parent,
            )
        started.append(process)
        return process, tmp_path / "out"

    yield start
    for process in started:
        process.kill()
        process.wait()


def words(out: Path, word: str, count: int, seconds: float = 60.0) -> list[str]:
    """Waits until ``word`` was printed ``count`` times and gives what stood behind it each time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = [line.split(f" {word} ")[1] for line in out.read_text().splitlines() if f" {word} " in line]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{word!r} not seen {count} times in {seconds} s:\n{out.read_text()}")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def gone_within(pids: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(map(alive, pids)):
        time.sleep(0.05)
    return not any(map(alive, pids))


def test_the_wait_doubles_from_half_a_second_to_thirty():
    assert [backoff(deaths) for deaths in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, BACKOFF_MAX]
    assert backoff(10_000) == BACKOFF_MAX


def test_a_job_that_is_done_waits_for_its_time_and_one_that_fails_is_started_again_soon():
    job = Child(Process("job", (), every=3600))
    assert job.start_at > time.monotonic()
    assert [job.died(10, code) for code in (0, 1, 1, 0)] == [3600, 0.5, 1, 3600]
    assert job.start_at == 3610


def test_a_child_that_dies_is_started_again_later_each_time(supervise):
    _, out = supervise(DIES, SLEEPS)
    first, second, third = (float(text) for text in words(out, "born", 3)[:3])
    assert second - first >= 0.5
    assert third - second >= 1.0
    for wait in ("0.5", "1"):
        assert f"child0 | ended with 3; starts again in {wait} s" in out.read_text()
    assert len(words(out, "pid", 1)) == 1  # its neighbour was left alone


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_every_child_and_then_the_supervisor(supervise, number):
    process, out = supervise(SLEEPS, SLEEPS, kill_after=600)
    pids = [int(text) for text in words(out, "pid", 2)]
    process.send_signal(number)
    assert process.wait(60) == 0
    assert not any(map(alive, pids))


def test_a_child_that_ignores_the_signal_is_killed_after_a_while(supervise):
    process, out = supervise(DEAF, SLEEPS, kill_after=2)
    pids = [int(text) for text in words(out, "pid", 2)]
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(60)
    assert time.monotonic() - began >= 2
    assert not any(map(alive, pids))


def test_the_while_is_shorter_than_what_docker_gives():
    assert KILL_AFTER < 10


def test_a_second_ctrl_c_does_not_wait(supervise):
    process, out = supervise(DEAF, kill_after=600)
    pids = [int(text) for text in words(out, "pid", 1)]
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.wait(60)
    assert not any(map(alive, pids))


@LINUX
def test_no_child_outlives_a_supervisor_that_was_killed(supervise):
    process, out = supervise(SLEEPS, DEAF)
    pids = [int(text) for text in words(out, "pid", 2)]
    process.kill()
    assert gone_within(pids, 30)


def test_a_last_line_without_an_end_is_not_lost(supervise):
    _, out = supervise("import sys; sys.stdout.write('said last words')")
    assert words(out, "said", 1) == ["last words"]
