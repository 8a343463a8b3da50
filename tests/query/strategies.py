"""Random records and random queries that have a fair chance to match them."""

from hypothesis import strategies as st

from telemetry.records import LogRecord

WORDS = ["error", "timeout", "time_out", "Connection", "refused", "db", "x1", "ΑΒΓ", "straße", "no", "é", "42"]
GLUE = [" ", "-", ": ", "/", "  ", "(", "_"]
SERVICES = ["checkout", "payment", "Cart"]
scalars = st.sampled_from([0, 1, 5, 250, 2.5, -1, True, False, "x", "5", "2.50", "", "true", "abc def", None])
keys = st.sampled_from(["ms", "a", "a.b", "b", "http.status"])
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=5
)
messages = st.lists(st.sampled_from(WORDS + GLUE), max_size=8).map("".join)
records = st.builds(
    LogRecord,
    timestamp=st.just(1),
    service=st.sampled_from(SERVICES),
    level=st.sampled_from(["error", "warn", "info", "debug"]),
    message=messages,
    error_code=st.sampled_from([None, "", "PRICE_MISSING", "TIMEOUT"]),
    attrs=st.dictionaries(keys, trees, max_size=4),
)
words = st.sampled_from(["error", "timeout", "refused", "db", "x1", "no", "42", "connection", "time"])
leaf_queries = st.one_of(
    words,
    words.map("message:{}".format),
    st.tuples(words, words).map(lambda pair: f'"{pair[0]} {pair[1]}"'),
    st.sampled_from(["time*", "*used", "t?meout", "re*ed", "con*", "?b"]),
    st.sampled_from(["/refused/", "/time.?out/", "/Conn(ection)?/", "/(?i)CONNECTION/", "/x[0-9]+/", "/ab|refused/"]),
    st.sampled_from(SERVICES).map("service:{}".format),
    st.sampled_from(["level:error", "level:(error OR WARN)", "error_code:TIMEOUT", "error_code:P*", "error_code:*"]),
    st.sampled_from(["attrs.ms:5", "attrs.a.b:x", "attrs.ms:>=2.5", "attrs.ms:<5", "attrs.a:[1 TO 250}", "attrs.b:*"]),
    st.sampled_from(["attrs.a:true", "attrs.a.b:FALSE", "_exists_:attrs.a.b", "attrs.http.status:/5/", "attrs.a:?"]),
)
queries = st.recursive(
    leaf_queries,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map("(NOT {})".format),
        st.tuples(inner, inner).map(lambda t: f"({t[0]} {t[1]})"),
    ),
    max_leaves=5,
)
