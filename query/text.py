"""Tokenising, the same everywhere: lower-cased runs of letters, digits and ``_``."""

import re

# \w of a str pattern is what str.isalnum() says, and "_".
TOKEN = re.compile(r"\w+")


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text.lower())


def word_char(char: str) -> bool:
    return char.isalnum() or char == "_"
