"""The one query language: Lucene syntax, for search, rules, silences and filters. Pure.

``matcher(text, signal)`` gives a predicate over that signal's records; docs/decisions has the semantics.
"""

from query.errors import QueryError
from query.match import compile_node, matcher
from query.parse import parse

__all__ = ["QueryError", "compile_node", "matcher", "parse"]
