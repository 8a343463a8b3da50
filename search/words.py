"""On SQLite, the words of messages in FTS5, so that a search for words reads only the rows that have them.

The tokenizer splits ASCII text as query/text.py does. Other text is split here, and the tokenizer leaves it alone. So a
word is in the index exactly where it is in the text. Whoever deletes rows has to ``forget`` them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from query.text import tokens

TABLE = "raw_logs_words"


def words(text: str) -> str:
    return text if text.isascii() else " ".join(tokens(text))


def remember(cursor: Any, messages: Sequence[str]) -> None:
    """The messages of the rows that were just added; SQLite numbers new rows above all others."""
    cursor.execute("SELECT MAX(rowid) FROM raw_logs")
    first = cursor.fetchone()[0] - len(messages) + 1
    if first == 1:  # a table that was emptied gives its numbers again
        cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('delete-all')")  # noqa: S608 - no value in it
    cursor.executemany(
        f"INSERT INTO {TABLE} (rowid, message) VALUES (%s, %s)",  # noqa: S608 - no value in it
        [(number, words(message)) for number, message in enumerate(messages, first)],
    )


def forget(cursor: Any, rows: Iterable[tuple[int, str]]) -> None:
    """Rows that are deleted: their number and message."""
    cursor.executemany(
        f"INSERT INTO {TABLE} ({TABLE}, rowid, message) VALUES ('delete', %s, %s)",  # noqa: S608 - no value in it
        [(number, words(message)) for number, message in rows],
    )
