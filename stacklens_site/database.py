"""Turns DATABASE_URL into Django's DATABASES: Postgres where it is named, else two SQLite files.

The embedded queue has a file of its own, so that senders never wait for the worker's transaction (SQLite has one
writer a file) and what came in unredacted can be erased without touching the rest.
"""

from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

# FULL: a 2xx must survive a power cut. IMMEDIATE: take the write lock at BEGIN, so that no transaction fails half-way.
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000;"
# Pages that many batches change go from the log into the file once for all of them; 32 MB of log at most, usually.
FEWER_CHECKPOINTS = "PRAGMA wal_autocheckpoint=8000;"

SCHEMES = ("postgresql://", "postgres://")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SSL_FILES = ("sslrootcert", "sslcert", "sslkey")
# A host that is gone without a word is noticed within a minute, not after the system's two hours.
KEEPALIVE = {"connect_timeout": 5, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
# The other way round: what a machine that lost its power, or a process that was frozen, holds in a transaction is held
# up to others for no longer either. Nobody of ours thinks for long inside one.
LET_GO = (
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
    " -c idle_in_transaction_session_timeout=60s"
)
# Connections are made when wanted and tried before each use. While the server is away every use tries anew instead of
# waiting for a pool that tries ever more rarely, so that an outage ends for us when it ends.
POOL = {"min_size": 0, "timeout": 5, "max_idle": 300, "reconnect_timeout": 2}


def sqlite(path: Path, pragmas: str = "") -> dict[str, Any]:
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS + pragmas}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": options,
        "TEST": {"NAME": str(path.with_name("test-" + path.name))},
    }


def postgres(variable: str, url: str, connections: int) -> dict[str, Any]:
    """Everything in the URL is libpq's to read, its parameters too; ``connections``: the most a process may open."""
    parts = parsed(variable, url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": KEEPALIVE
        | {"options": LET_GO, "application_name": "stacklens", "pool": POOL | {"max_size": connections}}
        | parts,
        "CONN_HEALTH_CHECKS": True,
    }


def parsed(variable: str, url: str) -> dict[str, Any]:
    """The URL's parts by libpq's names. What libpq says of a wrong one is not shown, as it may quote the password."""
    expected = f"{variable}: expected postgresql://user:password@host:port/name"
    try:
        parts = conninfo_to_dict(url) if url.startswith(SCHEMES) else {}
        ports = [int(port) for port in str(parts.get("port") or 5432).split(",")]  # one of each host
    except (psycopg.Error, ValueError):
        raise ImproperlyConfigured(f"{expected}, and after a ? libpq's parameters such as sslmode") from None
    if not parts.get("dbname") or not all(0 < port < 65536 for port in ports):
        raise ImproperlyConfigured(expected)
    if (mode := parts.get("sslmode", "prefer")) not in SSL_MODES:
        raise ImproperlyConfigured(f"{variable}: sslmode: expected {' or '.join(SSL_MODES)}, got {mode!r}")
    for name in SSL_FILES:
        if (file := str(parts.get(name) or "")) not in ("", "system") and not Path(file).is_file():
            raise ImproperlyConfigured(f"{variable}: {name}: there is no file {file!r}")
    return dict(parts)


def why_not(made: dict[str, Any]) -> str:
    """Why Postgres doesn't let us in, in its own words, which the pool keeps to itself; empty where it does by now."""
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    options = {name: value for name, value in made["OPTIONS"].items() if name != "pool"}
    try:
        psycopg.connect(**{name: made[key] for name, key in names.items() if made[key]} | options).close()
    except psycopg.Error as error:
        return " ".join(str(error).split())
    return ""


def databases(variable: str, url: str, data_dir: Path, connections: int) -> dict[str, dict[str, Any]]:
    """``default``, and ``queue`` where the embedded queue needs a file of its own."""
    if url:
        return {"default": postgres(variable, url, connections)}
    return {
        "default": sqlite(data_dir / "stacklens.sqlite3", FEWER_CHECKPOINTS),
        "queue": sqlite(data_dir / "queue.sqlite3", "PRAGMA secure_delete=ON;"),
    }
