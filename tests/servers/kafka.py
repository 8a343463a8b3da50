"""Apache Kafka: one broker, KRaft mode."""

import os
import subprocess

from confluent_kafka.admin import AdminClient

from tests.servers.server import Server, installed

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
group.initial.rebalance.delay.ms=0
log.retention.check.interval.ms=1000
"""


class Kafka(Server):
    """``brokers`` is what KAFKA_BROKERS wants."""

    name = "kafka"
    ports_needed = 2

    def prepare(self) -> None:
        self.home = installed("kafka")
        self.brokers = f"127.0.0.1:{self.ports[0]}"
        self.properties = self.folder / "server.properties"
        self.properties.write_text(self.configure())
        subprocess.run(
            [*self.java("-Xmx256m"), "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAQACAAAAAAAAAAQ", "-c",
             str(self.properties), *self.format_options()],
            check=True, capture_output=True, cwd=self.folder,
        )  # fmt: skip

    def configure(self) -> str:
        port, controller, *_ = self.ports
        return PROPERTIES.format(port=port, controller=controller, folder=self.folder)

    def format_options(self) -> list[str]:
        return []

    def java(self, memory: str) -> list[str]:
        return ["java", memory, "-cp", f"{self.home}/*"]

    def command(self) -> list[str]:
        return [*self.java(os.environ.get("STACKLENS_KAFKA_MEMORY", "-Xmx512m")), "kafka.Kafka", str(self.properties)]

    def ready(self) -> bool:
        if not super().ready():
            return False
        # a broker listens before it leads anything
        client = AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})
        try:
            return bool(client.list_topics(timeout=2).brokers)
        except Exception:
            return False
