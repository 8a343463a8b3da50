"""Turns the KAFKA_ variables into what every Kafka client of ours is made with."""

from django.core.exceptions import ImproperlyConfigured

from stacklens_site import env

PROTOCOLS = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

# Of librdkafka's own lines: it has one for each attempt to connect. What fails, we say ourselves, once in a while.
CRITICAL = 2

# For those that write: what was acknowledged is in all replicas in sync, in its order and once.
RELIABLE = {"acks": "all", "enable.idempotence": True, "compression.type": "lz4"}


def client(brokers: list[str]) -> dict[str, str | int | float | bool]:
    """In librdkafka's words; empty values are left out."""
    protocol = env.choice("KAFKA_SECURITY_PROTOCOL", "plaintext", PROTOCOLS)
    given: dict[str, str | int] = {
        "bootstrap.servers": ",".join(brokers),
        "log_level": CRITICAL,
        "security.protocol": protocol,
        "ssl.ca.location": env.text("KAFKA_SSL_CA_LOCATION"),
        "ssl.certificate.location": env.text("KAFKA_SSL_CERTIFICATE_LOCATION"),
        "ssl.key.location": env.text("KAFKA_SSL_KEY_LOCATION"),
        "ssl.key.password": env.text("KAFKA_SSL_KEY_PASSWORD"),
    }
    if protocol.startswith("sasl"):
        given |= sasl()
    return {key: value for key, value in given.items() if value}


def sasl() -> dict[str, str]:
    mechanism = env.text("KAFKA_SASL_MECHANISM", "PLAIN").upper()
    if mechanism not in MECHANISMS:
        raise ImproperlyConfigured(f"KAFKA_SASL_MECHANISM: expected {' or '.join(MECHANISMS)}, got {mechanism!r}")
    username, password = env.text("KAFKA_SASL_USERNAME"), env.text("KAFKA_SASL_PASSWORD")
    if not (username and password):
        raise ImproperlyConfigured("KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: both are needed with SASL")
    return {"sasl.mechanism": mechanism, "sasl.username": username, "sasl.password": password}
