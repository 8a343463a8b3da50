"""A text is found in Elasticsearch by exactly the tokens that query/text.py sees in it, an attribute by its terms."""

import itertools
import json
from datetime import UTC, datetime

from query.text import tokens
from search import indices
from search.bulk import line
from search.terms import attribute_terms, token_line, word_term
from search.write import write

NASTY = [
    "",
    " ",
    "!?",
    "Connection refused: payment-7.internal:8443 (ECONNREFUSED)",
    "snake_case __dunder__ _ a_b-c",
    "user@example.com https://example.com/a?b=c&d=%20#x",
    "3.14 1,000 1e-9 0x1F -5 +5 v1.2.3-rc.1",
    "don't won’t l'été naïve café café",  # composed and not
    "STRASSE straße STRAẞE ẞ ß",
    "İstanbul ISTANBUL ıstanbul ΟΔΟΣ οδος οδός ΣΑΣ",
    "ﬁn ﬁﬂ Ａｂｃ １２３ ①② ² ½ Ⅷ ٣٤ १२",
    "日本語のテキスト 東京都 한국어 ไทย العربية עברית हिन्दी",
    "emoji 🙂 family 👨‍👩‍👧 flags 🇩🇪 x🙂y",
    "zero\u200bwidth soft\u00adhyphen nb\u00a0space thin\u2009space line\u2028break para\u2029graph ideo\u3000graphic",
    "tab\tnew\nline\rret\x0bvert\x0cform\x1cfs\x1dgs\x1eus\x85nel",
    "nul\x00inside \x01\x7f ctrl",
    "combining a\u0301e\u0308 \u0301alone ̈",
    "\U0001d400\U0001d401 \U00010400 \U0001f100 \U00020000\U00020001",
    "surrogate-ish \ufffd \ufeffbom \ue000private",
    "a" * 126 + " " + "b" * 127 + " " + "c" * 128,
    "x" * 255 + " " + "x" * 256 + " " + "x" * 300,
    "\U00020000" * 120 + " " + "\U00020000" * 200,
    "y" * 40_000,
    " ".join(f"w{number}" for number in range(12_000)),  # more than 10,000 tokens
    "the and or not is of to a AND OR NOT",
    'quote" back\\slash {"json": [1, 2]} <b>html</b> ${jndi:ldap}',
    "…“”‘’–—·•§¶©®™€£¥°±×÷µªº",
]
ALIAS = "stacklens-logs"
ANALYZED = 5000  # tokens at once; a cluster refuses more than 10,000


def lines_of(fields):
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000000Z"
    shared = {"signal": "logs", "timestamp": now, "received_at": now, "service": "a", "level": "info"}
    for number, more in enumerate(fields):
        document = shared | {"id": str(number), "message": "", "pattern": "", "attrs": {}} | more
        yield line(str(number).encode(), json.dumps(document).encode(), datetime.now(UTC).date())


def index(cluster, fields):
    indices.setup(7)
    written = write(list(lines_of(fields)))
    assert (written.created, written.refused, written.again) == (len(fields), [], [])
    cluster.indices.refresh(index=ALIAS)


def found(cluster, query):
    answer = cluster.search(index=ALIAS, query=query, size=1000, source=False)
    return {int(hit["_id"]) for hit in answer["hits"]["hits"]}


def searches(cluster, queries):
    """As one request."""
    asked = [part for query in queries for part in ({"index": ALIAS}, {"query": query, "size": 1000, "_source": False})]
    for answer in cluster.msearch(searches=asked)["responses"]:
        assert answer["status"] == 200, answer
        yield {int(hit["_id"]) for hit in answer["hits"]["hits"]}


def test_the_analyzer_gives_back_the_computed_tokens(cluster):
    indices.setup(7)
    name = next(iter(cluster.indices.get(index=ALIAS)))
    for text in NASTY:
        expected = [word_term(word) for word in tokens(text)]
        assert token_line(text) == " ".join(expected)
        seen = []
        for start in range(0, len(expected), ANALYZED):
            part = " ".join(expected[start : start + ANALYZED])
            asked = cluster.indices.analyze(index=name, field="message_tokens", text=part)
            seen += [token["token"] for token in asked["tokens"]]
        assert seen == expected


def test_each_word_of_each_text_finds_the_texts_that_have_it(cluster):
    index(cluster, [{"message": text} for text in NASTY])
    held = [set(tokens(text)) for text in NASTY]
    words = sorted({word for text in NASTY[:-4] + NASTY[-3:] for word in tokens(text)} | {"w0", "w11999"})
    queries = [{"term": {"message_tokens": word_term(word)}} for word in words]
    for word, hits in zip(words, searches(cluster, queries), strict=True):
        assert hits == {number for number, has in enumerate(held) if word in has}, word


def test_consecutive_words_are_a_phrase_in_the_texts_that_have_them_so(cluster):
    index(cluster, [{"message": text} for text in NASTY])
    lists = [tokens(text) for text in NASTY]
    pairs = sorted({pair for words in lists if len(words) < 200 for pair in itertools.pairwise(words)})
    queries = [{"match_phrase": {"message_tokens": " ".join(map(word_term, pair))}} for pair in pairs]
    for pair, hits in zip(pairs, searches(cluster, queries), strict=True):
        assert hits == {number for number, words in enumerate(lists) if pair in itertools.pairwise(words)}, pair


def test_a_text_without_tokens_is_there_all_the_same(cluster):
    index(cluster, [{"message": text} for text in NASTY])
    assert found(cluster, {"term": {"present": "message"}}) == {n for n, text in enumerate(NASTY) if text}


VALUES = [
    *NASTY,
    0,
    1,
    -1,
    2.5,
    -2.5,
    1e300,
    2**63,
    -(2**70),
    10**400,
    True,
    False,
    "1",
    "2.50",
    " 3 ",
    "inf",
    "nan",
    "1_0",
]


def test_each_value_of_an_attribute_finds_its_records_and_their_sizes_have_an_order(cluster):
    index(cluster, [{"attrs": {"k": value}} for value in VALUES])
    terms = [attribute_terms({"k": value}) for value in VALUES]
    known = sorted(set(itertools.chain(*terms)))
    queries = [{"term": {"attr_terms": term}} for term in known]
    for term, hits in zip(known, searches(cluster, queries), strict=True):
        assert hits == {number for number, has in enumerate(terms) if term in has}, term
    above_one = found(cluster, {"range": {"attr_terms": {"gt": "#k=bff00000000000001", "lt": "#k=g"}}})
    assert [VALUES[number] for number in sorted(above_one)] == [2.5, 1e300, 2**63, 10**400, "2.50", " 3 ", "inf", "1_0"]


def test_ten_thousand_attributes_add_nothing_to_the_mapping(cluster):
    indices.setup(7)
    before = cluster.indices.get_mapping(index=ALIAS).body
    wide = {f"key.{number}": number for number in range(10_000)}
    deep = {"a": {"b": {f"c{number}": {"d": str(number)} for number in range(1000)}}}
    index(cluster, [{"attrs": wide}, {"attrs": deep}, {"unheard_of": {"x": 1}}])
    assert cluster.indices.get_mapping(index=ALIAS).body == before
    assert found(cluster, {"term": {"attr_terms": "~key.9999=9999"}}) == {0}
    assert found(cluster, {"term": {"attr_terms": "=a.b.c999.d=999"}}) == {1}
