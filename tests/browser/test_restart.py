"""The server goes and comes back while somebody looks."""

import os
import signal
import subprocess
import time

from playwright.sync_api import expect

from tests.browser.screen import post_log


def web_process(product) -> int:
    """The web server that the running product has started."""
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(product.process.pid)], capture_output=True, text=True, check=True
    )
    return next(int(line.split()[0]) for line in found.stdout.splitlines() if "run_web" in line)


def test_after_a_restart_nothing_is_missed(screen):
    page = screen.page
    before = post_log(screen.product, "before")
    expect(screen.row(before)).to_be_visible()
    screen.server_is_away = True
    # it is held, then killed: the browser notices only when the connection breaks
    os.kill(web_process(screen.product), signal.SIGKILL)
    expect(page.locator("#live")).to_contain_text("reconnecting")
    expect(screen.row(before)).to_be_visible()  # what was there stays
    deadline = time.monotonic() + 60
    while True:  # the first moment that the server listens again, perhaps before the browser is back
        try:
            during = post_log(screen.product, "during")
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    screen.is_live()
    expect(screen.row(during)).to_be_visible()
    screen.server_is_away = False
    after = post_log(screen.product, "after")
    expect(screen.row(after)).to_be_visible()
    assert page.locator("body.offline").count() == 0
