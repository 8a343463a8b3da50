"""The whole embedded product on this machine: OTLP in, alerts out over the WebSocket.

Two measures. Sustained: records at a steady rate over OTLP/HTTP in batches of 100; how many are refused, whether the
lag grows, and the CPU of each of our processes per record. Latency: a log that opens an alert, from the moment it is
sent until a WebSocket client has it, while other records keep coming.
"""

import argparse
import http.client
import http.cookiejar
import json
import os
import platform
import re
import statistics
import struct
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.generate import otlp_logs
from benchmarks.websocket import WebSocket
from tests.journeys.product import Product

BATCH = 100
BODIES = 200  # different ones, sent round and round
SENDERS = 4
RESULTS = Path(__file__).parent / "results"
TICKS = os.sysconf("SC_CLK_TCK")


class Body:
    """A request whose records happen when it is sent: their times (fixed64) are written into its bytes."""

    def __init__(self, body: bytes, start: int) -> None:
        self.bytes = bytearray(body)
        stamps = (struct.pack("<Q", (start + number) * 10**9) for number in range(BATCH))
        self.places = [body.index(stamp) for stamp in stamps]

    def at(self, now: int) -> bytes:
        for number, place in enumerate(self.places):
            struct.pack_into("<Q", self.bytes, place, now + number)
        return bytes(self.bytes)


class Load:
    """Sends batches at a steady rate from some threads until told to stop."""

    def __init__(self, product: Product, rate: int) -> None:
        self.address = urllib.parse.urlsplit(product.otlp_http).netloc
        self.rate = rate
        self.sent = self.refused = self.late = 0
        start = int(time.time())
        bodies = otlp_logs(BODIES * BATCH, BATCH, start=start)
        self.bodies = [Body(body, start + number * BATCH) for number, body in enumerate(bodies)]
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(SENDERS)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def run(self, number: int) -> None:
        connection = http.client.HTTPConnection(self.address, timeout=30)
        headers = {"Content-Type": "application/x-protobuf"}
        pause = BATCH * SENDERS / self.rate
        due = time.monotonic() + pause * number / SENDERS
        while not self.stopping.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            body = self.bodies[number % BODIES].at(time.time_ns())
            connection.request("POST", "/v1/logs", body, headers)
            answer = connection.getresponse()
            answer.read()
            with self.lock:
                self.sent += BATCH
                self.refused += BATCH * (answer.status != 200)
                self.late += time.monotonic() > due + 1
            number += SENDERS
            due += pause


def figures(url: str) -> str:
    """What Prometheus would read."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:  # noqa: S310 - our own product
        return str(answer.read().decode())


def gauge(url: str, name: str) -> float:
    """The sum of a Prometheus figure over its labels."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", figures(url), re.MULTILINE))


def processes(product: Product) -> dict[str, int]:
    """The product's children by their command's name; not its jobs, which come and go."""
    assert product.process is not None
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, parent = int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == product.process.pid:
                found[(stat.parent / "cmdline").read_bytes().split(b"\0")[2].decode()] = pid
    return {name: pid for name, pid in found.items() if name.startswith("run_")}


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def count(product: Product) -> int:
    return int(product.rows("SELECT count(*) FROM raw_logs")[0][0])


def drain(product: Product) -> None:
    """Return when nothing waits, and nothing more has come a moment later."""
    quiet = 0
    while quiet < 5:
        quiet = 0 if gauge(product.health_url, "stacklens_lag_messages") else quiet + 1
        time.sleep(0.3)


def stage_seconds(product: Product) -> dict[str, float]:
    """Wall-clock seconds of the worker's stages so far."""
    with urllib.request.urlopen(f"{product.health_url}/metrics", timeout=30) as answer:  # noqa: S310 - our own product
        found = re.findall(
            r'^stacklens_stage_seconds_total{stage="(\w+)"} (\S+)$', answer.read().decode(), re.MULTILINE
        )
    return {stage: float(seconds) for stage, seconds in found}


def sustained(product: Product, rate: int, seconds: int, say: Callable[[str], None]) -> dict[str, object]:
    """Send for so long; then wait until all is stored."""
    pids = processes(product)
    drain(product)
    stored = count(product)
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    stages = stage_seconds(product)
    lags: list[float] = []
    resident = {name: [round(resident_mb(pid))] for name, pid in sorted(pids.items())}
    began = time.monotonic()
    with Load(product, rate) as load:
        while (passed := time.monotonic() - began) < seconds:
            time.sleep(1)
            lags.append(gauge(product.health_url, "stacklens_lag_messages"))
            if len(lags) % 30 == 0:
                say(f"  {passed:4.0f} s: {load.sent} sent, {load.refused} refused, {lags[-1]:.0f} messages wait")
            if passed >= 60 * len(resident["run_web"]):
                for name, minutes in resident.items():
                    minutes.append(round(resident_mb(pids[name])))
    took = time.monotonic() - began
    drain(product)
    drained = time.monotonic() - began - took
    stored = count(product) - stored
    half = len(lags) // 2
    return {
        "seconds": round(took, 1),
        "records_per_second": round(load.sent / took),
        "refused": load.refused,
        "sent_late": load.late,
        "stored": stored,
        "lost": load.sent - load.refused - stored,
        "lag_messages_first_half": statistics.mean(lags[:half]),
        "lag_messages_second_half": statistics.mean(lags[half:]),
        "lag_messages_most": max(lags),
        "drained_after_seconds": round(drained, 1),
        "cpu_us_per_record": {
            name: round((cpu_seconds(pid) - before[name]) / load.sent * 1e6, 1) for name, pid in sorted(pids.items())
        },
        "worker_us_per_record_by_stage": {
            stage: round((after - stages.get(stage, 0.0)) / load.sent * 1e6, 1)
            for stage, after in sorted(stage_seconds(product).items())
        },
        "resident_mb_by_minute": resident,
    }


def cookie(product: Product) -> str:
    """Sign in as the form does."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    url = f"{product.web_url}/accounts/login/"
    page = opener.open(url).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = {"username": product.admin, "password": product.password, "csrfmiddlewaretoken": token[1]}
    opener.open(urllib.request.Request(url, urllib.parse.urlencode(form).encode(), {"Referer": url}))  # noqa: S310
    return "; ".join(f"{each.name}={each.value}" for each in jar)


def latency(product: Product, rate: int, alerts: int) -> dict[str, object]:
    """Seconds from sending a log to the frame that tells its alert, for so many alerts under load."""
    address = urllib.parse.urlsplit(product.web_url).netloc
    sent: dict[str, float] = {}
    took: list[float] = []
    with WebSocket(address, "/ws/alerts/", cookie(product), product.web_url) as socket:
        while socket.receive(10)["type"] != "ready":
            pass
        with Load(product, rate):
            connection = http.client.HTTPConnection(address, timeout=30)
            for _ in range(alerts):
                service = f"latency-{uuid.uuid4().hex[:10]}"
                log = {
                    "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                    "service": service,
                    "level": "error",
                    "error_code": "PRICE_MISSING",
                    "message": "Product price is null or missing",
                }
                sent[service] = time.monotonic()
                connection.request("POST", "/api/ingest/log", json.dumps(log), {"Content-Type": "application/json"})
                assert connection.getresponse().read()
                while service in sent:
                    for transition in socket.receive(30).get("transitions", ()):
                        if began := sent.pop(transition["alert"]["service"], None):
                            took.append(time.monotonic() - began)
                time.sleep(0.05)
    took.sort()
    return {
        "alerts": len(took),
        "milliseconds_median": round(statistics.median(took) * 1000),
        "milliseconds_p99": round(took[min(len(took) - 1, int(len(took) * 0.99))] * 1000),
        "milliseconds_most": round(took[-1] * 1000),
    }


def measure(seconds: int, rate: int, say: Callable[[str], None] = print) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="stacklens-bench-") as folder:
        product = Product(Path(folder))
        began = time.monotonic()
        product.start(seconds=600)  # a machine may be busy with other things
        ready = round(time.monotonic() - began, 1)
        try:
            say(f"latency at 1,000 records/s; then {rate:,} records/s for {seconds} s")
            late = latency(product, 1000, 90)  # a rule opens no more than 100 new alerts a minute
            held = sustained(product, rate, seconds, say)
        finally:
            product.stop()
    return {"ready_after_seconds": ready, "latency": late, "sustained": held}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rate", type=int, default=10_000, help="records a second")
    asked = parser.parse_args()
    found = measure(asked.seconds, asked.rate, partial(print, flush=True))
    print(json.dumps(found, indent=1))
    now = datetime.now(UTC)
    about = {"at": now.isoformat(), "python": platform.python_version(), "cores": os.cpu_count()}
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"endtoend-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(about | found, indent=1) + "\n")
    print(f"kept in {file}")


if __name__ == "__main__":
    main()
