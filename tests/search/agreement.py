"""Records and queries on which all backends have to agree with the query language, record for record."""

import itertools
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from query import matcher
from query.text import tokens
from search import find
from search.patterns import patterns
from search.search import nanoseconds, search
from telemetry.records import LogRecord
from tests.query.strategies import queries
from tests.search.test_elasticsearch_tokens import NASTY, VALUES

# So many generated queries are put to each backend. AGREEMENT_QUERIES=2000 before `pytest tests/search -k agreement`
# (SQLite, Elasticsearch) and `python -m tests.on_postgres -k test_agreement` asks more.
QUERIES_ASKED = int(os.environ.get("AGREEMENT_QUERIES", "500"))
QUERIES_EACH = 20  # of each generated set of records
SETS = QUERIES_ASKED // QUERIES_EACH
sets_of_queries = st.lists(queries, min_size=QUERIES_EACH, max_size=QUERIES_EACH)
NOW = datetime.now(UTC).replace(microsecond=0)
SECOND = 1_000_000_000
FIRST = nanoseconds(NOW) - 3000 * SECOND
SMALL = [text for text in NASTY if len(text) < 2000 and "\0" not in text]


def placed(logs):
    """Numbered, and two at a time at the same moment."""
    for number, log in enumerate(logs):
        log.id = f"otel-logs-0-{number}-0"
        log.timestamp = log.received_at = FIRST + number // 2 * 1_500_000_000
        log.pattern = log.pattern or log.message
    return logs


def log(**fields):
    given: dict[str, Any] = {"timestamp": 0, "service": "a", "level": "info", "message": "m"}
    return LogRecord(**given | fields)


def hand_written():
    odd = ["checkout", "Checkout", "check%out", "check_out", "a*b", "a?b", "a\\b", "ΟΔΟΣ", "K", "", "x'y\"z"]
    return placed(
        [
            *(log(message=text, level="error") for text in SMALL),
            *(
                log(attrs={"k": value}, level="warn")
                for value in VALUES
                if value not in NASTY or len(str(value)) < 2000
            ),
            *(log(service=text, error_code=text, host=text) for text in odd),
            log(attrs={"a": {"b": ["x", {"c": 5}]}, "a.b": None}),
            log(attrs={"a": {"b": 7}, "a.b": "7.0", "http.status": "500"}),
            log(attrs={"a": [1, [2, {"b": "x"}]], "http": {"status": 503}}),
            log(attrs={"a": {"": "empty"}, "": "nothing", "a.": "dot", "x=y": "z", 'q"u': "o\\te"}),
            log(message="ſtop \u212aelvin İx 'k' stop kelvin", error_code="ſtop"),
            log(message="Connection refused by db-1: time_out 42", trace_id="0" * 32, attrs={"ms": 250, "ok": True}),
            log(message=f"{'long' * 1000} refused {' '.join(f'w{number}' for number in range(500))}"),
            log(message=f"connection refused by {'long' * 1000}"),
            log(message="connection  REFUSED", attrs={"ms": 250.5, "ok": "true", "big": 2**63, "tiny": 1e-7}),
        ]
    )


QUERIES = [
    "", "*", "NOT *", "level:error", "NOT level:error", "level:(error OR warn) AND k", "refused",
    '"connection refused"', "connection refused", "NOT refused", "NOT (refused AND level:info)", "conn*", "*fused",
    "re?used", "*", "?", "??", "message:**", "message:*", "message:foo-b*", r"message:a\*", "/refused/",
    "/(?i)REFUSED/", "/^c/", "/time.out/", "/[0-9]+$/", "NOT /refused/", "/ſ/", "/(?i)S/", "/(?i)k/", "stop", "st*p",
    "w499", "kelvin", "ke*n", "x", "i", "İx", "service:checkout", "service:check*", "service:*out", "service:check?out",
    r"service:check\%*", "service:/^check/", r"service:a\*b", r"service:a\*?", r"service:a\\b", r"service:a\\*",
    "service:K", "service:k", "service:*", "service:**", "NOT service:checkout", "error_code:*", "NOT error_code:*",
    "error_code:checkout", "NOT error_code:checkout", "error_code:c*", "NOT error_code:c*", "error_code:/out$/",
    "NOT error_code:/out$/", "error_code:/.*/", "error_code:**", "error_code:/(?i)STOP/", 'error_code:""',
    "host:Checkout OR trace_id:*", "_exists_:trace_id", "trace_id:0*", "attrs.k:*", "NOT attrs.k:*", "attrs.k:1",
    "attrs.k:true", "attrs.k:TRUE", "attrs.k:false", 'attrs.k:""', "attrs.k:2.5", "attrs.k:[1 TO 3]",
    "attrs.k:{1 TO 3}", "attrs.k:>1", "attrs.k:<0", "attrs.k:[* TO *]", "attrs.k:>=1e299", "attrs.k:inf",
    "attrs.k:nan", "attrs.k:t*", "attrs.k:2*", "attrs.k:?", "attrs.k:1*0*", "attrs.k:/^2/", "attrs.k:/t/",
    "attrs.k:9223372036854775808", "attrs.k:1_0", "attrs.k:10", "NOT attrs.k:>0", "attrs.k:10*", "attrs.k:*x*",
    "attrs.a.b:*", "attrs.a.b:x", "attrs.a.b:7", "attrs.a.b:7.0", "attrs.a.b:>5", "attrs.a.b.c:5", "attrs.a:1",
    "attrs.a:2", "attrs.a:*", "attrs.http.status:[500 TO 599]", "attrs.http.status:500", "attrs.http.status:5*",
    "attrs.http.status:/5/", "attrs.x=y:z", "attrs.ms:250", "attrs.ms:>250", "attrs.ms:25*", "attrs.ok:true",
    "attrs.ok:t*", "attrs.big:>1e18", "attrs.big:9223372036854775808", "attrs.tiny:*", "attrs.tiny:1*",
    "attrs.tiny:<1", "attrs.none:x", f'timestamp:>="{NOW - timedelta(minutes=49):%Y-%m-%dT%H:%M:%SZ}"',
    "timestamp:<1960-01-01T00:00:00Z", "timestamp:*", "timestamp:[1960-01-01T00:00:00Z TO 2300-01-01T00:00:00Z]",
    "id:otel-logs-0-3-0", "id:*-3-0", "pattern:refused",
]  # fmt: skip


def from_texts():
    """Each word, each pair of words and the beginning of each word that stands in the hand-written texts."""
    found = []
    for text in SMALL:
        words = tokens(text)
        found += [f'"{word}"' for word in words] + [f'"{one} {two}"' for one, two in itertools.pairwise(words)]
        found += [f"{word[:2]}*" for word in words if len(word) > 2]
    return sorted(set(found))


def check(query, logs):
    """The page, the count, the histogram and the facets of one query."""
    holds = matcher(query, "logs")
    wanted = sorted(filter(holds, logs), key=lambda log: (log.timestamp, log.id), reverse=True)
    asked = search(query)
    assert [record.id for record in find.everything(asked, 10_000)] == [log.id for log in wanted], query
    assert find.count(asked) == len(wanted), query


def check_groups(query, logs):
    holds = matcher(query, "logs")
    wanted = list(filter(holds, logs))
    since, until = NOW - timedelta(seconds=2990), NOW
    inside = [log for log in wanted if nanoseconds(since) <= log.timestamp < nanoseconds(until)]
    slices = find.histogram(search(query), since, until)
    assert sum(slice.total for slice in slices) == len(inside), query
    for slice in slices:
        of_it = [log.level for log in inside if nanoseconds(slice.start) <= log.timestamp < nanoseconds(slice.end)]
        assert slice.counts == {level: of_it.count(level) for level in slice.counts}, query
    values = find.facets(search(query), ["level", "error_code", "attrs.k"], 1000).values
    for field in ("level", "error_code"):
        there = [getattr(log, field) for log in wanted if getattr(log, field)]
        counted = {value: there.count(value) for value in there}
        assert values[field] == sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])), query
    check_patterns(query, inside, since, until)


def check_patterns(query, inside, since, until):
    found = patterns(search(query), since, until, most=1000)
    counts = Counter(log.pattern for log in inside)
    ranks = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    assert [(one.text, one.count) for one in found.found] == ranks, query
    for one in found.found:
        of_it = [log for log in inside if log.pattern == one.text]
        assert one.levels == Counter(log.level for log in of_it), query
        at = [(log.timestamp - nanoseconds(found.first)) // (found.seconds * SECOND) for log in of_it]
        assert one.slices == [at.count(number) for number in range(len(one.slices))], query
