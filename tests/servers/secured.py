"""The servers with TLS and credentials, as they stand in production."""

import json
import ssl
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.servers import certificates
from tests.servers.kafka import Kafka
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.servers.refusing import Refusing, answer

USER, PASSWORD = "stacklens", "hunter2-hunter2"

SASL_SSL = """
listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secured},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secured}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config={package}.plain.PlainLoginModule required user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={package}.scram.ScramLoginModule required;
"""
PACKAGE = "org.apache.kafka.common.security"


class SecuredKafka(Kafka):
    """``secured`` wants TLS and SASL; ``brokers`` is the broker's own door, without."""

    ports_needed = 3

    def prepare(self) -> None:
        self.certificates = certificates.make(self.folder)
        super().prepare()

    def configure(self) -> str:
        port, controller, secured = self.ports
        self.secured = f"127.0.0.1:{secured}"
        lines = [line for line in super().configure().splitlines() if not line.startswith("listeners=")]
        keystore = self.certificates.both
        more = SASL_SSL.format(
            port=port,
            controller=controller,
            secured=secured,
            keystore=keystore,
            package=PACKAGE,
            user=USER,
            password=PASSWORD,
        )
        return "\n".join(lines) + more

    def format_options(self) -> list[str]:
        return ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]


class SecuredPostgres(Postgres):
    def prepare(self) -> None:
        super().prepare()
        self.certificates = certificates.make(self.data)
        access = self.data / "pg_hba.conf"
        asked = f"hostssl all {USER} 127.0.0.1/32 scram-sha-256\nhostnossl all {USER} 127.0.0.1/32 reject\n"
        access.write_text(asked + access.read_text())  # the first line that fits counts
        self.give_to_user(self.data)
        self.certificates.key.chmod(0o600)

    def command(self) -> list[str]:
        made = self.certificates
        return [*super().command(), "-c", "ssl=on", "-c", f"ssl_cert_file={made.certificate}", "-c",
                f"ssl_key_file={made.key}"]  # fmt: skip


class SecuredRedis(Redis):
    def prepare(self) -> None:
        super().prepare()
        self.certificates = certificates.make(self.folder)
        self.url = self.url_with(PASSWORD)

    def url_with(self, password: str) -> str:
        return f"rediss://:{password}@127.0.0.1:{self.ports[0]}/0?ssl_ca_certs={self.certificates.authority}"

    def command(self) -> list[str]:
        made = self.certificates
        program, _, port, *rest = super().command()
        return [program, "--port", "0", "--tls-port", port, *rest, "--tls-cert-file", str(made.certificate),
                "--tls-key-file", str(made.key), "--tls-ca-cert-file", str(made.authority), "--tls-auth-clients", "no",
                "--requirepass", PASSWORD]  # fmt: skip


class Guarding(Refusing):
    """TLS in front of Elasticsearch; who comes without the API key gets 401, as its own security says it."""

    def __init__(self, target: str, folder: Path, api_key: str) -> None:
        super().__init__(target)
        self.api_key = api_key
        self.certificates = certificates.make(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("Authorization") == f"ApiKey {self.api_key}":
            super().pass_on(request)
            return
        request.rfile.read(int(request.headers.get("Content-Length") or 0))
        why = {"type": "security_exception", "reason": "unable to authenticate with the provided API key"}
        said = json.dumps({"error": why | {"root_cause": [why]}, "status": 401}).encode()
        answer(request, 401, {"Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch"}, said)
