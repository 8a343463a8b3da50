"""Random detections and events that have a fair chance to match them."""

from typing import Any

from hypothesis import strategies as st

PIECES = [*("a", "B", "ab", "-c", "/c", " ", "x.y", "(", "[0]", "\\", "\\\\", "*", "?", "\\*", "\\?"), *'/"é+-']
PLAIN = [*("a", "b", "AB", "-c", "/c", "–c", " ", "x.y", "xzy", "(", "[0]", "\\", "*", "?"), *'/"É+-\n']
FIELDS = ["User", "Image", "n"]
ADDRESSES = ["10.0.0.1", "10.1.2.3", "10.1.200.9", "192.168.1.77", "10.1.2.300", "::1", "nothing"]
texts = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
plain = texts.filter(lambda text: len(text) > 1 and not set("*?\\") & set(text))
short = st.sampled_from(["", "|contains", "|startswith", "|endswith"])
cased = st.sampled_from(["", "|cased"])
windash = st.sampled_from(["", "|windash"])
encodings = st.sampled_from(["", "|wide", "|utf16be"])
FIXED: list[tuple[str, Any]] = [
    *(("", 5), ("", 0), ("|contains", 5), ("|startswith", 2), ("", None), ("|exists", True), ("|exists", False)),
    *(("|re", "a.?b"), ("|re|i", "^AB"), ("|re|i|s", "x.*/c"), ("|re", "/|\\\\/")),
    *(("|cidr", network) for network in ("10.0.0.0/8", "10.1.2.0/23", "192.168.1.64/28", "10.1.2.3/32")),
    *((f"|{name}", bound) for name in ("gt", "gte", "lt", "lte") for bound in (5, -1, 2.5)),
]


def behind(*modifiers: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*modifiers).map("".join)


ends = st.one_of(
    st.sampled_from(FIXED),
    st.tuples(behind(windash, short, cased), texts | st.lists(texts, min_size=1, max_size=3)),
    st.tuples(behind(windash, short, cased, st.just("|all")), st.lists(texts, min_size=2, max_size=3)),
    st.tuples(behind(encodings, st.sampled_from(["|base64|contains", "|base64offset|contains"])), plain),
)
negated = st.sampled_from(["", "", "", "|neq"])
pairs = st.tuples(st.sampled_from(FIELDS), ends, negated).map(
    lambda found: (found[0] + found[1][0] + found[2], found[1][1])
)
maps = st.lists(pairs, min_size=1, max_size=3).map(dict)
words = st.lists(texts.filter(bool), min_size=1, max_size=3)
selections = st.one_of(maps, st.lists(maps, min_size=1, max_size=2), words)
names = st.sampled_from(["sel_a", "sel_b", "filter", "_hidden"])
counts = st.tuples(st.just("of"), st.sampled_from(["1", "any", "all"]), st.sampled_from(["them", "sel_*", "f*", "*_*"]))
trees: st.SearchStrategy[Any] = st.recursive(
    names | counts,
    lambda inner: st.tuples(st.just("not"), inner) | st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=6,
)
scalars: st.SearchStrategy[Any] = st.one_of(
    st.lists(st.sampled_from(PLAIN), max_size=4).map("".join), st.sampled_from([5, 0, -1, 2.5, "5", *ADDRESSES])
)
events = st.dictionaries(st.sampled_from(FIELDS), scalars)


def written(tree, rank=0):
    """A condition's text, with brackets only where they are needed."""
    match tree:
        case str(name):
            return name
        case ("of", count, pattern):
            return f"{count} of {pattern}"
        case ("not", inner):
            return f"not {written(inner, 3)}"
        case (operator, a, b):
            mine = 2 if operator == "and" else 1
            text = f"{written(a, mine)} {operator} {written(b, mine)}"
            return f"({text})" if rank > mine else text
    raise AssertionError(tree)
