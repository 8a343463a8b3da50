"""Postgres: what SQL says exactly of ASCII text is decided there; other text, and regular expressions, are possible.

Its regular expressions and its lower case are not those of the query language, but on ASCII text, and compared byte by
byte (COLLATE "C"), a word is a word.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from psycopg.errors import QueryCanceled

from query.ast import Equals, Exists, Leaf, Range, Regex, Wildcard, Words
from query.fields import DYNAMIC, Field
from query.text import word_char
from query.witness import longest_run, mandatory
from search.backends import postgres_words
from search.backends.backend import SECONDS, TooLong
from search.backends.bounds import Bounds, Under, exactly
from search.backends.postgres_attributes import attribute
from search.backends.sql import FALSE, TRUE, Sql, SqlBackend, all_of, any_of, equals, in_range, negated, there, told
from search.backends.wildcards import contains, like, plain, quoted, rebuilt
from search.search import moment

SETTINGS = (
    # or what an index finds is kept by page, and each of its rows looked at again
    "work_mem = '32MB'",
    # to look at a text costs more than the planner thinks, and to fetch a row less: without this it walks through a
    # whole day for a word that nobody wrote
    "cpu_operator_cost = 0.05",
    "jit = off",  # compiling takes longer than what it saves
    "random_page_cost = 1.1",
)
NUMBERS = {"duration_ms": "(duration_ns::float8 / 1e6)"}


class Postgres(SqlBackend):
    by_bytes = 'COLLATE "C"'

    def leaf(self, node: Leaf, field: Field, signal: str, under: Under) -> Bounds[Sql]:
        if field.kind == DYNAMIC:
            return attribute(node)
        if isinstance(node, Range):
            return exactly(in_range(node, field, NUMBERS.get(field.name, field.name), self.time))
        if isinstance(node, Equals):
            return exactly(equals(node))
        if isinstance(node, Exists):
            return exactly(there(field))
        if isinstance(node, Regex):
            return Bounds(
                FALSE, all_of([Sql(f"{field.name} IS NOT NULL"), containing(field.name, mandatory(node.pattern))])
            )
        if isinstance(node, Words | Wildcard) and (signal, field.name) == ("logs", "message"):
            return in_message(node, under)
        if isinstance(node, Words) or field.kind == "text":
            return in_text(node)
        return exactly(Sql(f"({field.name} LIKE %s AND {field.name} IS NOT NULL)", (like(node.pattern),)))

    def time(self, nanoseconds: int) -> datetime:
        return moment(nanoseconds)

    def slice(self, seconds: int) -> Sql:
        return Sql("date_bin(make_interval(secs => %s), timestamp, 'epoch'::timestamptz)", (seconds,))

    def slice_start(self, value: datetime, seconds: int) -> datetime:
        return value

    @contextmanager
    def limited(self) -> Iterator[None]:
        with told(ended, TooLong), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}")
                for setting in SETTINGS:
                    cursor.execute(f"SET LOCAL {setting}")
            yield
            with connection.cursor() as cursor:  # for the rest of a larger transaction
                cursor.execute("SET LOCAL statement_timeout = 0")


def ended(error: DatabaseError) -> bool:
    return isinstance(error.__cause__, QueryCanceled)


def in_message(node: Words | Wildcard, under: Under) -> Bounds[Sql]:
    """By the index of words: a word that is in it, or the beginning of one, needs no further look; a phrase does."""
    found, asked = in_text(node), postgres_words.indexed(node)
    if not asked:
        return found
    alone = isinstance(node, Wildcard) or len(node.words) == 1
    others = postgres_words.others()
    unsure = all_of([others, found.possible])
    if under is Under.NOT:  # no index helps, so each row is looked at, and a regular expression is quicker than words
        return Bounds(found.sure, found.possible, unsure)
    if under is Under.AND:
        having = postgres_words.having_or_other(asked)
        ordinary = [postgres_words.IS_ORDINARY] if alone else []
        return Bounds(
            all_of([having, any_of([*ordinary, found.sure])]),
            all_of([having, any_of([*ordinary, found.possible])]),
            unsure,
        )
    having = postgres_words.having(asked)
    if isinstance(node, Words):  # first what is quick to see, for where rows are looked at and not found
        having = all_of([containing("message", max(node.words, key=len)), having])
    quickly = having if alone else all_of([having, found.sure])
    return Bounds(any_of([quickly, all_of([others, found.sure])]), any_of([quickly, unsure]), unsure)


def in_text(node: Words | Wildcard) -> Bounds[Sql]:
    column = node.field
    ascii_only = Sql(f"NOT octet_length({column}) > length({column})")  # so the planner takes it for likely
    if isinstance(node, Words):
        pattern = r"\W+".join(node.words) if all(map(str.isascii, node.words)) else None
        piece = max(node.words, key=len)
    else:
        pattern, piece = of_wildcard(node.pattern.lower()), longest_run(node.pattern.lower())
    sure = FALSE
    if pattern is not None:
        # where the pattern begins with a word's character that is said already, and to say it again is dear
        start = r"\y" if isinstance(node, Words) else r"\y(?=\w)"
        spelled = Sql(f'{column} COLLATE "C" ~* %s', (rf"{start}{pattern}\y",))
        sure = all_of([containing(column, piece), spelled, ascii_only])
        if isinstance(node, Words) and len(node.words) > 1:
            sure = any_of([between_blanks(column, node.words), sure])
    return Bounds(sure, any_of([sure, all_of([containing(column, piece), negated(ascii_only)])]))


def between_blanks(column: str, words: Sequence[str]) -> Sql:
    """As a phrase mostly stands there, which a regular expression takes five times as long to see."""
    return Sql(f"""' ' || lower({column} COLLATE "C") || ' ' LIKE %s""", (f"% {' '.join(map(quoted, words))} %",))


def of_wildcard(pattern: str) -> str | None:
    """As a regular expression over the words of an ASCII text; None where only other text can have such a word."""
    if not pattern.isascii() or not all(word_char(char) for char in plain(pattern)):
        return None
    return rebuilt(pattern, str, r"\w*", r"\w")


def containing(column: str, piece: str) -> Sql:
    """Holds wherever the lower-cased column has this run of characters."""
    pattern = contains(piece)
    return Sql(f'{column} COLLATE "C" ILIKE %s', (pattern,)) if pattern else TRUE
