"""What a database URL becomes, and what is said of a wrong one."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from stacklens_site.database import databases, postgres


def test_the_parts_of_a_url_are_read_as_libpq_reads_them():
    made = postgres("DATABASE_URL", "postgresql://us%40er:pa%2Fss@db.example:5433/na%20me", 7)
    parts = {name: made[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert parts == {"NAME": "na me", "USER": "us@er", "PASSWORD": "pa/ss", "HOST": "db.example", "PORT": "5433"}
    assert made["OPTIONS"]["pool"]["max_size"] == 7


def test_parameters_go_to_libpq_and_win_over_ours(tmp_path):
    (tmp_path / "ca.pem").touch()
    query = f"sslmode=verify-full&sslrootcert={tmp_path}/ca.pem&connect_timeout=9&host=/run/postgresql"
    made = postgres("DATABASE_URL", f"postgres:///stacklens?{query}", 4)
    assert made["HOST"] == "/run/postgresql"
    assert made["OPTIONS"]["sslmode"] == "verify-full"
    assert made["OPTIONS"]["connect_timeout"] == "9"


def test_what_a_vanished_client_holds_is_let_go_unless_the_url_says_otherwise():
    assert (
        "idle_in_transaction_session_timeout=60s"
        in postgres("DATABASE_URL", "postgresql://a/x", 4)["OPTIONS"]["options"]
    )
    assert postgres("DATABASE_URL", "postgresql://a/x?options=", 4)["OPTIONS"]["options"] == ""


def test_several_hosts_may_be_named():
    assert postgres("DATABASE_URL", "postgresql://a:1,b:2/x?target_session_attrs=primary", 4)["HOST"] == "a,b"


WRONG = [
    ("mysql://a/b", "expected postgresql://"),
    ("nonsense", "expected postgresql://"),
    ("postgresql://host", "expected postgresql://"),
    ("postgresql://u:hunter2@host:port/x", "expected postgresql://"),
    ("postgresql://u:hunter2@host:70000/x", "expected postgresql://"),
    ("postgresql://u:hunter2@[host/x", "expected postgresql://"),
    ("postgresql://u:hunter2@host/x?sslmod=require", "libpq's parameters"),
    ("postgresql://u:hunter2@host/x?sslmode=on", "sslmode: expected disable or"),
    ("postgresql://u:hunter2@host/x?sslrootcert=/nowhere/ca.pem", "sslrootcert: there is no file '/nowhere/ca.pem'"),
]


@pytest.mark.parametrize(("url", "said"), WRONG)
def test_a_wrong_url_is_refused_by_the_variable_s_name_without_the_password(url, said, tmp_path):
    with pytest.raises(ImproperlyConfigured) as refused:
        databases("POSTGRES_URL", url, tmp_path, 4)
    assert str(refused.value).startswith("POSTGRES_URL: ")
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_without_a_url_there_are_two_files(tmp_path):
    made = databases("POSTGRES_URL", "", tmp_path, 4)
    assert [each["ENGINE"] for each in made.values()] == ["django.db.backends.sqlite3"] * 2
