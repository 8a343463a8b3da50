"""The OpenTelemetry Collector, built from its own modules, with the configuration that it is given."""

import os
from pathlib import Path

from tests.servers.server import Server, installed, listens


class Collector(Server):
    """``configs`` are merged in order; ``variables`` is what their ``${env:…}`` read. Ports: OTLP/gRPC, OTLP/HTTP and
    health, of which the configuration has to be told by the caller."""

    name = "collector"
    ports_needed = 3

    def __init__(self, configs: tuple[Path, ...] = (), variables: dict[str, str] | None = None) -> None:
        self.configs, self.variables = configs, variables or {}
        super().__init__()

    def prepare(self) -> None:
        self.home = installed("collector")
        self.grpc, self.http, self.health = self.ports

    def environment(self) -> dict[str, str]:
        return os.environ | self.variables

    def command(self) -> list[str]:
        return [str(self.home / "otelcol"), *(f"--config={config}" for config in self.configs)]

    def ready(self) -> bool:
        return listens(self.health) and listens(self.http)
