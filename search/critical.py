"""What the end of a trace had to wait for: its critical path. Pure.

From the end of a span back to its beginning: before its end it waited for the child that finished last; before that
child began, for the one that had finished last by then. What no child covers is the span's own work. Children count
only as far as they lie within their parent, as one that goes on by itself holds up nobody.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from search.forest import Node

Piece = tuple[int, int]  # from and until, in nanoseconds


def critical_path(nodes: Sequence[Node]) -> dict[str, list[Piece]]:
    """By span id, the pieces of its own time that are on the path, the latest first."""
    found: defaultdict[str, list[Piece]] = defaultdict(list)
    roots = [node for node in nodes if node.parent is None]
    whole = (min((node.start for node in roots), default=0), max((node.end for node in roots), default=0))
    waiting: list[tuple[str, Sequence[Node], Piece]] = [("", roots, whole)]
    while waiting:
        name, children, (begin, at) = waiting.pop()
        for (start, end), child in latest_first(children, (begin, at)):
            if end > at:
                continue  # it was at work beside the one that was waited for
            if end < at:
                found[name].append((end, at))
            waiting.append((child.span.span_id, child.children, (start, end)))
            at = start
        if begin < at:
            found[name].append((begin, at))
    found.pop("", None)  # between the trees nothing is known
    return dict(found)


def latest_first(children: Sequence[Node], within: Piece) -> Iterator[tuple[Piece, Node]]:
    """Each child's part of the piece; of those that end together the longest first."""
    begin, end = within
    cut = [((max(child.start, begin), min(child.end, end)), child) for child in children]
    lying_in = [(piece, child) for piece, child in cut if piece[0] < piece[1]]
    return iter(sorted(lying_in, key=lambda found: (-found[0][1], found[0][0], found[1].span.id)))


def own_time(node: Node) -> list[Piece]:
    """The pieces of a span's time in which no child was at work, in the order of time."""
    found, at = [], node.start
    for child in sorted(node.children, key=lambda child: child.start):
        if at < min(child.start, node.end):
            found.append((at, min(child.start, node.end)))
        at = max(at, child.end)
    return [*found, (at, node.end)] if at < node.end else found
