"""Elasticsearch: one node, no security; its minimal distribution has no ILM, pattern tokenizer or painless."""

import json
import os
import shutil
import urllib.request

from tests.servers.server import Server, installed

SETTINGS = """
node.name: n1
discovery.type: single-node
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
path.data: {folder}/data
path.logs: {folder}/logs
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
action.auto_create_index: false
"""


class Elasticsearch(Server):
    name = "elasticsearch"
    user, group = "nobody", "nogroup"
    ports_needed = 2

    def prepare(self) -> None:
        self.home = installed("elasticsearch")
        http, transport = self.ports
        self.url = f"http://127.0.0.1:{http}"
        config = self.folder / "config"
        shutil.copytree(self.home / "config", config)
        (config / "elasticsearch.yml").write_text(SETTINGS.format(http=http, transport=transport, folder=self.folder))
        options = config / "jvm.options"  # its paths are relative to a folder that isn't ours
        lines = options.read_text().splitlines(keepends=True)
        options.write_text("".join(line for line in lines if "=logs/" not in line and "=data" not in line))
        self.give_to_user(self.folder)

    def environment(self) -> dict[str, str]:
        java = os.path.realpath(shutil.which("java") or "java")
        return os.environ | {
            "ES_JAVA_HOME": os.path.dirname(os.path.dirname(java)),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC",
        }

    def command(self) -> list[str]:
        return ["bash", str(self.home / "bin" / "elasticsearch")]

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_cluster/health", timeout=5) as answer:
                return json.load(answer)["status"] in ("green", "yellow")
        except OSError:
            return False
