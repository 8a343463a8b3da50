"""What is typed at a place in half a query: a name, a value, or nothing that could be helped with."""

import pytest

from query import complete, parse
from query.ast import Equals
from query.complete import Place, place

# the bar marks where somebody types
PLACES = [
    ("|", Place(0, 0, "")),
    ("ser|", Place(0, 3, "ser")),
    ("ser|vice", Place(0, 7, "ser")),
    ("level:error AN|", Place(12, 14, "AN", joins=True)),
    ("level:error AND |", Place(16, 16, "")),
    ("NOT |", Place(4, 4, "")),
    ("(|", Place(1, 1, "")),
    ("(a OR b) |", Place(9, 9, "", joins=True)),
    ("level:|", Place(6, 6, "", "level")),
    ("level:er| AND x", Place(6, 8, "er", "level")),
    ("level:e|rror AND x", Place(6, 11, "e", "level")),
    ('service:"pay m|', Place(8, 14, "pay m", "service")),
    ('service:"pay m|" x', Place(8, 15, "pay m", "service")),
    ('"level:x y" ser|', Place(12, 15, "ser", joins=True)),
    (r"attrs.http\:x:|", Place(14, 14, "", "attrs.http:x")),
    ('"a phrase|', None),
    ("level:(err|", Place(7, 10, "err")),
]


@pytest.mark.parametrize(("text", "wanted"), PLACES)
def test_the_place_of_what_is_typed(text, wanted):
    at = text.index("|")
    assert place(text.replace("|", ""), at) == wanted


def test_fields_that_begin_so_come_first():
    names = [name for name, _ in complete.fields("ser", "logs", ["attrs.server", "attrs.ms"])]
    assert names == ["service", "user_id", "attrs.server"]
    assert dict(complete.fields("lev", "logs", []))["level"] == "debug, info, warn, error"


@pytest.mark.parametrize(
    ("typed", "joins", "words"),
    [("", True, ["AND", "OR", "NOT"]), ("o", True, ["OR"]), ("", False, ["NOT"]), ("a", False, [])],
)
def test_only_what_can_be_joined_is_joined(typed, joins, words):
    assert complete.operators(Place(0, 0, typed, joins=joins)) == words


@pytest.mark.parametrize(
    "value", ["checkout", "pay ments", 'a"b\\c', "AND", "x:y", "(", "5.2.1", "*", "ümläut", "-", "TO"]
)
def test_a_value_is_written_so_that_it_is_found(value):
    assert parse(f"service:{complete.written(value)}", "logs") == Equals("service", value)


@pytest.mark.parametrize("name", ["attrs.http.status", "attrs.a b", "attrs.x:y", "attrs.(*)", "attrs.a-b"])
def test_a_name_is_written_so_that_it_is_known(name):
    assert parse(f"{complete.named(name)}:x", "logs") == Equals(name, "x")
