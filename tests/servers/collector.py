"""The OpenTelemetry Collector, built from its own modules, with the configuration that we give to users."""

import os
from pathlib import Path

from tests.servers.server import Server, installed, listens
from tests.tools import ROOT

CONFIG = ROOT / "collector" / "otel-collector-config.yaml"


class Collector(Server):
    """``variables`` is what the configurations read besides their ports; these are set. ``http`` and ``grpc`` are the
    ports for OTLP, ``health`` and ``metrics`` its own."""

    name = "collector"
    ports_needed = 4

    def __init__(self, configs: tuple[Path, ...] = (CONFIG,), **variables: str) -> None:
        self.configs, self.variables = configs, variables
        super().__init__()

    def prepare(self) -> None:
        self.home = installed("collector")
        self.grpc, self.http, self.health, self.metrics = self.ports
        self.url = f"http://127.0.0.1:{self.http}"

    def environment(self) -> dict[str, str]:
        ports = {
            "COLLECTOR_GRPC_PORT": str(self.grpc),
            "COLLECTOR_HTTP_PORT": str(self.http),
            "COLLECTOR_HEALTH_PORT": str(self.health),
            "COLLECTOR_METRICS_PORT": str(self.metrics),
        }
        return os.environ | {"COLLECTOR_HOST": "127.0.0.1"} | ports | self.variables

    def command(self) -> list[str]:
        return [str(self.home / "otelcol"), *(f"--config={config}" for config in self.configs)]

    def ready(self) -> bool:
        return listens(self.health) and listens(self.http)
