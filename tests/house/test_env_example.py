""".env.example and the code name the same variables."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
OURS = ("stacklens_site", "accounts", "alerts", "ingest", "integrations", "query", "search", "telemetry")
READ = re.compile(r"""(?:env\.(?:text|integer|boolean|choice|names|port|parsed)|os\.environ\.get)\(\s*"([A-Z_]+)\"""")
LISTED = re.compile(r"^# ([A-Z_]+)=", re.MULTILINE)


def read_by_the_code() -> set[str]:
    files = (file for package in OURS for file in (ROOT / package).rglob("*.py"))
    return {name for file in files for name in READ.findall(file.read_text())}


def test_every_variable_that_is_read_is_listed_and_every_listed_one_is_read():
    listed = LISTED.findall((ROOT / ".env.example").read_text())
    assert len(listed) == len(set(listed))
    assert set(listed) == read_by_the_code()


def test_the_scan_finds_what_settings_read():
    assert {"DATABASE_URL", "STACKLENS_PORT", "SECRET_KEY", "STACKLENS_ADMIN_PASSWORD"} <= read_by_the_code()
