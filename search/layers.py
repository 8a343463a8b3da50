"""A graph in layers, from left to right: who calls stands left of whom it calls. Pure.

Where calls go round in a circle, the one that closes it goes back. A node stands as far left as the longest way to it
allows, and within its layer near the middle of those it is joined to.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

SWEEPS = 6
Edge = tuple[str, str]


def layers(nodes: Sequence[str], edges: Iterable[Edge]) -> list[list[str]]:
    """The nodes of each layer, in their order. Edges of a node to itself count for nothing."""
    joined = [edge for edge in edges if edge[0] != edge[1]]
    ahead = forward(nodes, joined)
    depth = depths(nodes, ahead)
    made: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        made[depth[node]].append(node)
    neighbours: defaultdict[str, list[str]] = defaultdict(list)
    for one, other in joined:
        neighbours[one].append(other)
        neighbours[other].append(one)
    for _ in range(SWEEPS):
        for layer in made:
            place = {node: (row + 0.5) / len(each) for each in made for row, node in enumerate(each)}
            layer.sort(key=lambda node: middle(node, neighbours[node], place))
    return made


def middle(node: str, neighbours: Sequence[str], place: Mapping[str, float]) -> float:
    return sum(place[other] for other in neighbours) / len(neighbours) if neighbours else place[node]


def forward(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges without those that close a circle, as a walk from the beginnings finds them."""
    following: defaultdict[str, list[str]] = defaultdict(list)
    called = {callee for _, callee in edges}
    for caller, callee in edges:
        following[caller].append(callee)
    kept, state = [], dict.fromkeys(nodes, "new")
    for first in sorted(nodes, key=lambda node: node in called):
        if state[first] != "new":
            continue
        state[first] = "open"
        way = [(first, iter(following[first]))]
        while way:
            node, rest = way[-1]
            for other in rest:
                if state[other] != "open":
                    kept.append((node, other))
                if state[other] == "new":
                    state[other] = "open"
                    way.append((other, iter(following[other])))
                    break
            else:
                state[node] = "done"
                way.pop()
    return kept


def depths(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The number of edges on the longest way to each node; there is no circle."""
    waiting: defaultdict[str, int] = defaultdict(int)
    following: defaultdict[str, list[str]] = defaultdict(list)
    for caller, callee in edges:
        waiting[callee] += 1
        following[caller].append(callee)
    depth = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not waiting[node]]
    while ready:
        node = ready.pop()
        for other in following[node]:
            depth[other] = max(depth[other], depth[node] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return depth
