"""YAML -> Sigma's documents: rules and correlations, several in a file."""

from collections.abc import Iterator
from typing import Any

import yaml

from alerts.sigma.refused import Refused

MAX_SIZE = 5_000_000


class Plain(yaml.SafeLoader):
    """Without anchors, which a small text could use to become an endless one, and without a key that is there twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, "anchors are not supported", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise yaml.MarkedYAMLError(None, None, f"the key {twice!r} is there twice", node.start_mark)
        return super().construct_mapping(node, deep)


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Each document of the text; raises Refused with the line where it can't be read."""
    if len(text) > MAX_SIZE:
        raise Refused("", f"larger than {MAX_SIZE} characters")
    try:
        for number, found in enumerate(yaml.load_all(text, Plain), 1):
            if found is None:
                continue
            if not isinstance(found, dict):
                raise Refused(f"document {number}", "a Sigma rule is a map")
            if found.get("action"):
                raise Refused(f"document {number}", "action: collections are no longer part of Sigma")
            yield found
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Refused(f"line {mark.line + 1}" if mark else "", f"not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("", f"not YAML: {type(error).__name__}") from error
