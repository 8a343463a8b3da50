"""On Postgres, the words of messages in a GIN index, so that a search for words reads only the rows that have them.

Of a message that is ASCII and not long it holds each token of query/text.py that isn't all digits (numbers are what
makes such an index dear, as most of them are new). The others are marked in it, to be looked at one by one: the rules
of other alphabets are not Postgres', and GIN takes no word of more than 2,000 bytes. Who changes the expression has
to make the index anew.
"""

from query.ast import Wildcard, Words
from query.text import word_char
from search.backends.sql import Sql

# what stands between two words; numbers alone count as that too, though one at the very beginning is kept
BETWEEN = "[^a-z0-9_]+([0-9]+([^a-z0-9_]+|$))*"
OTHER = "*"  # no token
LONG = 2000  # characters
ORDINARY = f"octet_length(message) = length(message) AND length(message) <= {LONG}"
WORDS = (
    f'(CASE WHEN {ORDINARY} THEN array_to_tsvector(array_remove(regexp_split_to_array(lower(message COLLATE "C"),'
    f" '{BETWEEN}'), '')) ELSE '{OTHER}'::tsvector END)"
)
# ORDINARY as the planner takes it for likely: of an equation between two lengths it expects one row in 200
IS_ORDINARY = Sql(f"NOT (octet_length(message) > length(message) OR length(message) > {LONG})")
INDEX = "raw_logs_words"


def indexed(node: Words | Wildcard) -> str:
    """What the index is asked for; empty where it can't help."""
    if isinstance(node, Words):
        return " & ".join(quoted(word) for word in node.words if not word.isdecimal())
    start = node.pattern[:-1].lower()
    if not node.pattern.endswith("*") or start.isdecimal() or not all(map(word_char, start)):
        return ""
    return f"{quoted(start)}:*" if start else ""


def quoted(word: str) -> str:
    return f"'{word}'"  # letters, digits and _ only


def having(asked: str) -> Sql:
    """Messages that have these words, but none of the others."""
    return Sql(f"{WORDS} @@ %s::tsquery", (asked,))


def having_or_other(asked: str) -> Sql:
    """One condition that the index answers alone. Were it two, each row found would be made into words once more."""
    return having(f"({asked}) | {quoted(OTHER)}")


def others() -> Sql:
    """Messages whose words are not in the index. Said twice: one is quick to see, the other quick to find."""
    return Sql(f"(NOT ({ORDINARY}) AND {WORDS} @@ %s::tsquery)", (quoted(OTHER),))
