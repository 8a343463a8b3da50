"""A command of ours as a process with an environment of its own: started, stopped as by an operator, killed."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar, Self

from tests.tools import ROOT

# what would make it something else than the embedded default
OURS = re.compile(
    "STACKLENS_|DATABASE_URL|POSTGRES_URL|KAFKA_|ELASTICSEARCH_URL|REDIS_URL|SECRET_KEY|ALLOWED_HOSTS|DEBUG"
)


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    return inherited | {"STACKLENS_DATA_DIR": str(data_dir), **more}


def manage(data_dir: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment(data_dir), check=True)


class Started:
    """What it says goes to ``output``; it is up once it has said ``ready``."""

    command: ClassVar[str]
    ready: ClassVar[str]
    stopped_by = signal.SIGTERM
    process: "subprocess.Popen[bytes]"

    def __init__(self, output: Path, environment: dict[str, str]) -> None:
        self.output, self.environment = output, environment

    def start(self, *arguments: str, seconds: float = 300) -> Self:
        self.output.unlink(missing_ok=True)  # what an earlier start said is no sign of this one
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", self.command, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + seconds
        while self.ready not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"not ready within {seconds:.0f} s:\n{self.said()}")
            time.sleep(0.05)
        return self

    def stop(self) -> int:
        """Gives the exit status."""
        self.process.send_signal(self.stopped_by)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """As kill -9; its children go with it."""
        self.process.kill()
        self.process.wait(60)

    def said(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""
