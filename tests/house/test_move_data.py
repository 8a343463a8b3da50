"""move_data with real files and a real Postgres: all is there afterwards, once, and nothing else is touched."""

import re
import shutil
import subprocess
import sys
import time

import psycopg
import pytest

from tests.started import environment
from tests.tools import ROOT

ROLE_OF_ADA = """
    SELECT g.name FROM auth_user_groups m
    JOIN auth_group g ON g.id = m.group_id JOIN auth_user u ON u.id = m.user_id WHERE u.username = 'ada'
"""
FILL = (ROOT / "tests/house/fill_embedded.py").read_text()


@pytest.fixture(scope="module")
def embedded(migrated, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("moving") / "data"
    shutil.copytree(migrated, data_dir)
    subprocess.run([sys.executable, "manage.py", "shell", "-c", FILL], cwd=ROOT, env=environment(data_dir), check=True)
    return data_dir


def begin(data_dir, url, **more):
    return subprocess.Popen(
        [sys.executable, "manage.py", "move_data"],
        cwd=ROOT,
        env=environment(data_dir, DATABASE_URL=url, SECRET_KEY="k" * 50, PYTHONUNBUFFERED="1", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def move(data_dir, url, **more):
    process = begin(data_dir, url, **more)
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def one(url, sql):
    with psycopg.connect(url) as connection:
        return connection.execute(sql).fetchone()


def test_everything_is_moved_and_goes_on_where_it_was(embedded, postgres):
    url = postgres.fresh()
    files = {file.name: file.read_bytes() for file in embedded.glob("*.sqlite3")}
    code, said = move(embedded, url)
    assert code == 0, said
    assert "raw_logs: 9,000 of 9,000" in said
    assert "raw_logs: 9,000 rows are the same" in said
    assert one(url, "SELECT count(*) FROM raw_logs") == (9000,)
    assert one(url, "SELECT message FROM raw_logs LIMIT 1") == ("a\tb\n\\N",)
    assert one(url, "SELECT value FROM queue_message") == (b"\x00\xff\\",)
    assert one(url, "SELECT next FROM ingest_offset") == (7,)
    assert one(url, ROLE_OF_ADA) == ("responder",)
    last = one(url, "SELECT max(id) FROM alerts_ruleversion")[0]
    assert one(url, "SELECT nextval(pg_get_serial_sequence('alerts_ruleversion', 'id'))") == (last + 1,)
    assert {file.name: file.read_bytes() for file in embedded.glob("*.sqlite3")} == files
    code, said = move(embedded, url)
    assert code == 1
    assert "is not empty" in said


def test_a_move_that_was_killed_goes_on_and_ends_the_same(embedded, postgres):
    url = postgres.fresh()
    process = begin(embedded, url)
    for line in process.stdout:
        if line.startswith("raw_logs: 2,000 of"):
            process.kill()
            break
    process.communicate(timeout=60)
    time.sleep(0.5)  # until the server has noticed
    code, said = move(embedded, url)
    assert code == 0, said
    assert "going on" in said
    assert not re.search(r"raw_logs: 2,000 of", said)
    assert one(url, "SELECT count(*), count(DISTINCT id) FROM raw_logs") == (9000, 9000)


def test_a_database_that_is_in_use_is_refused_and_left_alone(embedded, postgres):
    url = postgres.fresh()
    ran = environment(embedded, DATABASE_URL=url, SECRET_KEY="k" * 50)
    subprocess.run([sys.executable, "manage.py", "bootstrap"], cwd=ROOT, env=ran, check=True, capture_output=True)
    users = one(url, "SELECT count(*) FROM auth_user")
    code, said = move(embedded, url)
    assert (code, "is not empty" in said) == (1, True), said
    assert one(url, "SELECT count(*) FROM auth_user") == users


def test_without_a_postgres_or_an_installation_it_says_which_variable_is_wrong(embedded, postgres, tmp_path):
    code, said = move(embedded, "")
    assert (code, "DATABASE_URL: must name" in said) == (1, True), said
    code, said = move(tmp_path, postgres.fresh())
    assert (code, "STACKLENS_DATA_DIR: there is no stacklens.sqlite3" in said) == (1, True), said
