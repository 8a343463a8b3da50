"""Reads settings from the environment; a wrong value stops the start with a message that names the variable."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The variable, or what the file named by ``NAME_FILE`` holds (for secrets that are mounted as files)."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {file!r}: {error.strerror}") from error
    return os.environ.get(name, "").strip() or default


def parsed(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    value = text(name)
    if not value:
        return default
    try:
        return parse(value)
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{name}: expected {expected}, got {value!r}") from error


def integer(name: str, default: int, low: int = 0, high: int = 2**63) -> int:
    def parse(value: str) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return parsed(name, default, parse, f"a whole number from {low} to {high}")


def boolean(name: str, default: bool) -> bool:
    words = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
    return parsed(name, default, lambda value: words[value.lower()], "true or false")


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    return parsed(name, default, lambda value: choices[choices.index(value.lower())], " or ".join(choices))


def names(name: str, default: list[str]) -> list[str]:
    value = text(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else default


def port(name: str, default: int) -> int:
    return integer(name, default, 1, 65535)
