"""A certificate authority of our own, and a certificate of it, for 127.0.0.1 or another name."""

import subprocess
from pathlib import Path
from typing import NamedTuple


class Certificates(NamedTuple):
    """PEM files. ``both`` is the server's key and certificate in one."""

    authority: Path
    certificate: Path
    key: Path
    both: Path


def make(folder: Path, name: str = "IP:127.0.0.1") -> Certificates:
    def openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)

    made = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key", folder / "both.pem")
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl(*new, "-x509", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", made.authority)
    openssl(
        *new, "-x509", "-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName={name}", "-addext",
        "basicConstraints=critical,CA:FALSE", "-CA", made.authority, "-CAkey", "ca.key", "-keyout", made.key, "-out",
        made.certificate,
    )  # fmt: skip
    made.both.write_text(made.key.read_text() + made.certificate.read_text())
    return made
