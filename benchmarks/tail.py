"""``python -m benchmarks.tail``: logs at a steady rate into the product, and a browser that watches the live tail.

Frames a second by the browser's own count, its memory after garbage collection, and whether each log was shown or
counted as dropped.
"""

import argparse
import http.client
import json
import re
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.journeys.product import Product

RESULTS = Path(__file__).parent / "results"
BATCHES = 20  # a second
LOOK_SECONDS = 5
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--enable-precise-memory-info"]
# how many frames were drawn, and the longest time between two of them
COUNT_FRAMES = """() => {
    window.frames_drawn = 0; window.longest = 0;
    let before = performance.now();
    const drawn = (now) => {
        window.frames_drawn++; window.longest = Math.max(window.longest, now - before); before = now;
        requestAnimationFrame(drawn);
    };
    requestAnimationFrame(drawn);
}"""
TAKE_FRAMES = "() => { const got = [frames_drawn, longest]; frames_drawn = 0; longest = 0; return got; }"


def send(product: Product, rate: int, seconds: float, sent: list[int]) -> None:
    """Batches at even times, from now on; what can't be kept up with is not made up for."""
    began, size = time.monotonic(), rate // BATCHES
    while time.monotonic() - began < seconds:
        at = datetime.now(UTC).isoformat()
        logs = [
            {
                "timestamp": at,
                "service": f"service-{number % 7}",
                "level": ("info", "info", "warn", "error", "debug")[number % 5],
                "message": f"request {sum(sent) + number} of customer {number} answered after {number % 900} ms",
                "attrs": {"ms": number % 900, "path": f"/orders/{number}"},
            }
            for number in range(size)
        ]
        body = "\n".join(map(json.dumps, logs)).encode()
        kind = {"Content-Type": "application/x-ndjson"}
        door = http.client.HTTPConnection(product.web_url.removeprefix("http://"))
        door.request("POST", "/api/ingest/log", body, kind)
        assert door.getresponse().status == 202
        door.close()
        sent.append(size)
        time.sleep(max(began + len(sent) / BATCHES - time.monotonic(), 0))


def counts(page: Page) -> tuple[int, int]:
    """Shown and dropped, as the page says it."""
    text = page.locator("#tail-count").inner_text().replace(",", "")
    shown, dropped = (re.search(rf"(\d+) {word}", text) for word in ("shown", "dropped"))
    return int(shown[1]) if shown else 0, int(dropped[1]) if dropped else 0


def work(session: CDPSession) -> dict[str, float]:
    """Seconds that the page's main thread was busy, in all and with what."""
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return {name: found[f"{name}Duration"] for name in ("Task", "Script", "Layout", "RecalcStyle")}


def watch(page: Page, product: Product, rate: int, seconds: float) -> dict[str, Any]:
    page.goto(f"{product.web_url}/accounts/login/?next=/search/%3Flive=1")
    page.get_by_label("User name").fill(product.admin)
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#live[data-state=live]").wait_for()
    page.evaluate(COUNT_FRAMES)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    time.sleep(LOOK_SECONDS)
    calm = page.evaluate(TAKE_FRAMES)[0] / LOOK_SECONDS  # what this machine draws when nothing comes
    worked = work(session)
    sent: list[int] = []
    sender = threading.Thread(target=send, args=(product, rate, seconds, sent))
    sender.start()
    frames, longest, memory = [], [], []
    while sender.is_alive():
        time.sleep(LOOK_SECONDS)
        drawn, wait = page.evaluate(TAKE_FRAMES)
        frames.append(drawn / LOOK_SECONDS)
        longest.append(wait)
        session.send("HeapProfiler.collectGarbage")
        memory.append(session.send("Runtime.getHeapUsage")["usedSize"] / 2**20)
    sender.join()
    worked = {name: value - worked[name] for name, value in work(session).items()}
    deadline = time.monotonic() + 60
    while sum(counts(page)) < sum(sent) and time.monotonic() < deadline:
        time.sleep(0.2)
    shown, dropped = counts(page)
    return {
        "asked a second": rate,
        "sent a second": round(sum(sent) / seconds),
        "sent": sum(sent),
        "shown": shown,
        "dropped": dropped,
        **{f"{name}, ms a second": round(value / seconds * 1000, 1) for name, value in worked.items()},
        "frames a second, nothing coming": round(calm, 1),
        "frames a second, median": round(statistics.median(frames), 1),
        "frames a second, least": round(min(frames), 1),
        "longest wait for a frame, ms": round(max(longest)),
        "memory at first, MB": round(memory[min(2, len(memory) - 1)], 1),
        "memory at last, MB": round(memory[-1], 1),
        "rows on the page": page.locator("tr.log").count(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=300)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        product = Product(Path(folder))
        product.start()
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
            found = watch(browser.new_page(), product, asked.rate, asked.seconds)
            browser.close()
        finally:
            product.stop()
    for name, value in found.items():
        print(f"{name:32}{value:>12}")
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"tail-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps({"at": now.isoformat()} | found, indent=1) + "\n")
    print(f"kept in {file}")


if __name__ == "__main__":
    main()
