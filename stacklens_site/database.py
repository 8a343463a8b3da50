"""Turns DATABASE_URL into Django's DATABASES: Postgres where it is named, else two SQLite files.

The embedded queue has a file of its own, so that senders never wait for the worker's transaction (SQLite has one
writer a file) and what came in unredacted can be erased without touching the rest.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# FULL: a 2xx must survive a power cut. IMMEDIATE: take the write lock at BEGIN, so that no transaction fails half-way.
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000;"


def sqlite(path: Path, pragmas: str = "") -> dict[str, Any]:
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS + pragmas}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": options,
        "TEST": {"NAME": str(path.with_name("test-" + path.name))},
    }


def postgres(variable: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{variable}: expected postgresql://user:password@host:port/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_HEALTH_CHECKS": True,
    }


def databases(variable: str, url: str, data_dir: Path) -> dict[str, dict[str, Any]]:
    """``default``, and ``queue`` where the embedded queue needs a file of its own."""
    if url:
        return {"default": postgres(variable, url)}
    return {
        "default": sqlite(data_dir / "stacklens.sqlite3"),
        "queue": sqlite(data_dir / "queue.sqlite3", "PRAGMA secure_delete=ON;"),
    }
