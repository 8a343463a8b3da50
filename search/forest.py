"""The spans of a trace as trees: each under its parent, in the order of time. Pure.

No span is lost: one whose parent isn't there begins a tree of its own, and so does one of a circle of parents.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from telemetry.records import Span


@dataclass(eq=False)
class Node:
    """A span and where it stands. Times are nanoseconds."""

    span: Span
    depth: int = 0
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.span.timestamp

    @property
    def end(self) -> int:
        return self.span.timestamp + self.span.duration_ns


def forest(spans: Sequence[Span]) -> list[Node]:
    """Parents before their children. Of spans with the same id the first one stands."""
    nodes: dict[str, Node] = {}
    for span in sorted(spans, key=lambda span: (span.timestamp, span.id)):
        nodes.setdefault(span.span_id, Node(span))
    for node in nodes.values():
        node.parent = nodes.get(node.span.parent_span_id or "")
        if node.parent is not None:
            node.parent.children.append(node)
    return in_order(list(nodes.values()))


def in_order(nodes: list[Node]) -> list[Node]:
    found: dict[str, Node] = {}
    # what the roots don't lead to goes round in a circle, which is cut at its earliest span
    for root in [*(node for node in nodes if node.parent is None), *nodes]:
        if root.span.span_id in found:
            continue
        if root.parent is not None:
            root.parent.children.remove(root)
            root.parent = None
        waiting = [root]
        while waiting:
            node = waiting.pop()
            node.depth = node.parent.depth + 1 if node.parent else 0
            found[node.span.span_id] = node
            waiting += reversed(node.children)
    return list(found.values())
