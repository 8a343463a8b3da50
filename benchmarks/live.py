"""``python -m benchmarks.live``: many browsers on one web process, transitions at a steady rate; does each get each?

The server is the real one on an embedded database of its own; this process writes the transitions, a child listens.
"""

import argparse
import asyncio
import base64
import json
import multiprocessing
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
PORT = 3951
SEQ = re.compile(rb'"seq": (\d+), "kind"')
Received = list[tuple[float, list[int]]]  # when, and the numbers of a frame's transitions


@contextmanager
def server(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "manage.py", "run_web"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        while "web listens" not in (line := process.stdout.readline()):
            assert line, "the server did not start"
        yield process
    finally:
        process.terminate()
        process.wait(20)


async def listen(cookie: str, received: Received, ready: asyncio.Semaphore, upto: int) -> None:
    """One browser: until it has seen the number ``upto``."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        *("GET /ws/alerts/ HTTP/1.1", f"Host: 127.0.0.1:{PORT}", "Upgrade: websocket", "Connection: Upgrade"),
        *(f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Origin: http://127.0.0.1:{PORT}"),
        *(f"Cookie: {cookie}", "", ""),
    ]
    writer.write("\r\n".join(lines).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in answer, answer
    last = 0
    while last < upto:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", await reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", await reader.readexactly(8))
        payload = await reader.readexactly(size)
        if first & 0x0F == 9:
            writer.write(bytes([0x8A, 0x80 | len(payload)]) + bytes(4) + payload)
        elif payload.startswith(b'{"type": "ready"'):
            ready.release()
        else:
            numbers = [int(number) for number in SEQ.findall(payload)]
            received.append((time.time(), numbers))
            last = numbers[-1]
    writer.close()


async def crowd(cookie: str, clients: int, upto: int, pipe: Any, patience: float) -> list[Received]:
    got: list[Received] = [[] for _ in range(clients)]
    ready = asyncio.Semaphore(0)
    tasks = []
    for received in got:
        tasks.append(asyncio.create_task(listen(cookie, received, ready, upto)))
        await ready.acquire()
    pipe.send("ready")
    _, late = await asyncio.wait(tasks, timeout=patience)
    for task in late:
        task.cancel()
    return got


def child(cookie: str, clients: int, upto: int, pipe: Any, patience: float) -> None:
    pipe.send(asyncio.run(crowd(cookie, clients, upto, pipe, patience)))


def prepare() -> tuple[str, list[Any]]:
    """A signed-in user's cookie, and alerts to change."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from alerts.models import Alert

    call_command("migrate", verbosity=0)
    client = Client()
    client.force_login(User.objects.create_user("crowd"))
    now = timezone.now()
    times = {"first_seen": now, "last_seen": now, "created_at": now}
    what = {"rule_slug": "price-missing", "rule_version": 1, "issue_code": "PRICE_MISSING", "severity": "error"}
    alerts = [
        Alert(fingerprint=f"f{number}", service=f"s{number}", message="The price is null or missing", **times | what)
        for number in range(200)
    ]
    Alert.objects.bulk_create(alerts)
    return f"sessionid={client.cookies['sessionid'].value}", alerts


def change_steadily(alerts: list[Any], count: int, rate: float) -> dict[int, float]:
    """When each number was committed."""
    from django.db import transaction
    from django.utils import timezone

    from alerts import lifecycle

    told: dict[int, float] = {}
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(began + number / rate - time.monotonic(), 0))
        with transaction.atomic():
            change = lifecycle.change(alerts[number % len(alerts)], "repeated", timezone.now(), str(number))
            lifecycle.publish([change])
        told[change.seq] = time.time()
    return told


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(clients: int, rate: float, seconds: float, environment: dict[str, str]) -> dict[str, Any]:
    cookie, alerts = prepare()
    count = int(rate * seconds)
    with server(environment) as process:
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        listener = multiprocessing.get_context("spawn").Process(
            target=child, args=(cookie, clients, count, theirs, seconds + 60)
        )
        listener.start()
        assert ours.recv() == "ready"
        print(f"{clients:,} clients are there", flush=True)
        before = cpu_seconds(process.pid)
        told = change_steadily(alerts, count, rate)
        got: list[Received] = ours.recv()
        used = cpu_seconds(process.pid) - before
        listener.join(20)
    wanted = list(range(1, count + 1))
    complete = sum([seq for _, numbers in frames for seq in numbers] == wanted for frames in got)
    delays = [at - told[seq] for frames in got for at, numbers in frames for seq in numbers]
    return {
        "clients": clients,
        "transitions a second": rate,
        "seconds": seconds,
        "clients that got each number once, in order": complete,
        "frames": sum(len(frames) for frames in got),
        "median delay, s": round(median(delays), 3),
        "slowest delay, s": round(max(delays), 3),
        "server's CPU, s": round(used, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours = {"STACKLENS_DATA_DIR": folder, "STACKLENS_PORT": str(PORT)}
        os.environ |= ours | {"DJANGO_SETTINGS_MODULE": "stacklens_site.settings"}
        import django

        django.setup()
        found = measure(asked.clients, asked.rate, asked.seconds, dict(os.environ))
    for name, value in found.items():
        print(f"{name:48}{value:>12}")
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"live-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps({"at": now.isoformat()} | found, indent=1) + "\n")
    print(f"kept in {file}")


if __name__ == "__main__":
    main()
