"""Sigma rules with events that must match and events that must not, and rules that are refused with their reason."""

from typing import Any

import msgspec
import pytest

from alerts.rules import RuleSpec, check
from alerts.sigma import Mapping, Refused, converted, documents
from query import matcher
from telemetry.records import LogRecord

# each: what stands under detection, logs that match, logs that don't
RULES: dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = {
    "a value is the whole value, in any case": (
        "selection: {Image: 'C:\\Windows\\cmd.exe'}\ncondition: selection",
        [{"Image": "C:\\Windows\\cmd.exe"}, {"Image": "c:\\windows\\CMD.EXE"}],
        [{"Image": "C:\\Windows\\cmd.exe2"}, {"Image": "C:/Windows/cmd.exe"}, {}],
    ),
    "a list is any of its values": (
        "selection: {action: [login, logout]}\ncondition: selection",
        [{"action": "login"}, {"action": "Logout"}],
        [{"action": "log"}],
    ),
    "a map is all of its items": (
        "selection: {Image|endswith: '\\sh', User: root}\ncondition: selection",
        [{"Image": "\\bin\\sh", "User": "root"}],
        [{"Image": "\\bin\\sh"}, {"User": "root"}],
    ),
    "a list of maps is any of them": (
        "selection:\n  - {User: root}\n  - {Image|startswith: /bin/}\ncondition: selection",
        [{"User": "root"}, {"Image": "/bin/ls"}],
        [{"User": "bob", "Image": "/usr/bin/ls"}],
    ),
    "words are looked for in the message": (
        "keywords: ['access denied', 'err?r 5*now']\ncondition: keywords",
        [{"message": "sorry, Access Denied."}, {"message": "error 500 just now"}],
        [{"message": "denied access"}, {"message": "error 4 now"}],
    ),
    "all of a list": (
        "selection: {Cmd|contains|all: [' -a', 'b']}\ncondition: selection",
        [{"Cmd": "x -a b"}],
        [{"Cmd": "x -a"}, {"Cmd": "b"}],
    ),
    "all words": (
        "keywords: {'|all': [one, two]}\ncondition: keywords",
        [{"message": "two and One"}],
        [{"message": "one"}],
    ),
    "escaped wildcards are themselves": (
        r"selection: {Cmd: 'a\*b\?c\\*'}" + "\ncondition: selection",
        [{"Cmd": "a*b?c\\"}, {"Cmd": "a*b?c\\d"}],
        [{"Cmd": "axb?c\\"}, {"Cmd": "a*b?cd"}],
    ),
    "case is kept where it is asked for": (
        "selection: {Cmd|contains|cased: Get}\ncondition: selection",
        [{"Cmd": "x Get y"}],
        [{"Cmd": "x get y"}],
    ),
    "any dash that Windows takes": (
        "selection: {Cmd|windash|contains: ' -f'}\ncondition: selection",
        [{"Cmd": "x -f"}, {"Cmd": "x /f"}, {"Cmd": "x —F"}],
        [{"Cmd": "x f"}],
    ),
    "a regular expression, found anywhere, in its own case": (
        r"selection: {Cmd|re: 'a/\d+$'}" + "\ncondition: selection",
        [{"Cmd": "xa/12"}],
        [{"Cmd": "xA/12"}, {"Cmd": "xa/12 "}],
    ),
    "a regular expression with flags": (
        "selection: {Cmd|re|i: '^ab'}\ncondition: selection",
        [{"Cmd": "ABC"}],
        [{"Cmd": "xAB"}],
    ),
    "a network": (
        "selection: {ip|cidr: [10.0.0.0/12, 192.168.7.0/30]}\ncondition: selection",
        [{"ip": "10.15.1.2"}, {"ip": "192.168.7.3"}],
        [{"ip": "10.16.0.1"}, {"ip": "192.168.7.4"}, {"ip": "110.1.1.1"}],
    ),
    "numbers are compared": (
        "selection: {bytes|gte: 100, code|lt: 5, n|gt: -1}\ncondition: selection",
        [{"bytes": 100, "code": "4", "n": 0}],
        [{"bytes": 99, "code": 4, "n": 0}, {"bytes": 100, "code": 5, "n": 0}, {"bytes": "many", "code": 4, "n": 0}],
    ),
    "a number is a number or its text": (
        "selection: {EventID: 4625}\ncondition: selection",
        [{"EventID": 4625}, {"EventID": "4625"}],
        [{"EventID": 46250}, {"EventID": "event 4625"}],
    ),
    "null is a field that is not there, an empty text one that is": (
        "none: {User: null}\nempty: {Host: ''}\ncondition: none and empty",
        [{"Host": ""}],
        [{"Host": "", "User": "bob"}, {}],
    ),
    "a field that is there": (
        "selection: {User|exists: true, Host|exists: false}\ncondition: selection",
        [{"User": "bob"}],
        [{"User": "bob", "Host": "h"}, {}],
    ),
    "base64 at any offset": (
        "selection: {Cmd|base64offset|contains: 'curl http'}\ncondition: selection",
        [{"Cmd": "Y3VybCBodHRwOi8v"}, {"Cmd": "eGN1cmwgaHR0cA=="}, {"Cmd": "eHhjdXJsIGh0dHA="}],
        [{"Cmd": "d2dldCBodHRw"}],
    ),
    "one of, all of, and them": (
        "sel_a: {a: 1}\nsel_b: {b: 1}\n_off: {c: 1}\nfilter: {d: 1}\n"
        "condition: 1 of sel_* and not filter or all of them",
        [{"a": 1}, {"b": 1, "c": 1}, {"a": 1, "b": 1, "d": 1}],
        [{"a": 1, "d": 1}, {"c": 1}],
    ),
    "not binds before and, and before or": (
        "a: {a: 1}\nb: {b: 1}\nc: {c: 1}\ncondition: a or not b and c",
        [{"a": 1, "b": 1}, {"c": 1}],
        [{"b": 1, "c": 1}, {}],
    ),
    "not equal": (
        "selection: {User|neq: [root, admin]}\ncondition: selection",
        [{"User": "bob"}, {}],
        [{"User": "Root"}],
    ),
}
HEAD = "title: T\nlogsource: {product: shop}\n"


def one(text: str, mapping: Mapping | None = None) -> Any:
    (found,) = converted(list(documents(text)), mapping or Mapping())
    return found


def rule(detection: str) -> str:
    return HEAD + "detection:\n" + "\n".join(f"  {line}" for line in detection.splitlines())


def log(event: dict[str, Any]) -> LogRecord:
    ours = {name: event[name] for name in ("message", "action") if name in event}
    attrs = {name: value for name, value in event.items() if name not in ours}
    fields: dict[str, Any] = {"timestamp": 1, "service": "s", "level": "info", "message": "m", "attrs": attrs}
    return LogRecord(**fields | ours)


@pytest.mark.parametrize(("detection", "matching", "others"), RULES.values(), ids=RULES)
def test_a_rule_matches_what_it_should_and_nothing_else(detection, matching, others):
    found = one(rule(detection))
    assert found.entry, found.reason
    matches = matcher(found.entry["query"], "logs")
    assert [event for event in matching if not matches(log(event))] == []
    assert [event for event in others if matches(log(event))] == []


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        (rule("s: {A|fieldref: B}\ncondition: s"), "detection.s.A|fieldref", "two fields"),
        (rule("s: {A|expand: '%x%'}\ncondition: s"), "detection.s.A|expand", "placeholders"),
        (rule("s: {A|frobnicate: x}\ncondition: s"), "detection.s.A|frobnicate", "unknown modifier"),
        (rule("s: {A|cidr: 'fe80::/10'}\ncondition: s"), "detection.s.A|cidr", "IPv6"),
        (rule("s: {A|re: '(?<=a)b'}\ncondition: s"), "detection.s.A|re", "RE2"),
        (rule("s: {A|wide: x}\ncondition: s"), "detection.s.A|wide", "base64"),
        (rule("s: {message|gt: 5}\ncondition: s"), "detection.s.message|gt", "compared"),
        (rule("s: {level: fatal}\ncondition: s"), "detection.s.level", "one of"),
        (rule("s: {a b: 1}\ncondition: s"), "detection.s.a b", "characters"),
        (rule("s: []\ncondition: s"), "detection.s", "empty"),
        (rule("s: {A|all: x}\ncondition: s"), "detection.s.A|all", "two values"),
        (rule("s: {A: 1}\ncondition: s | count() > 5"), "detection.condition", "correlation"),
        (rule("s: {A: 1}\ncondition: 2 of s*"), "detection.condition", "2 of"),
        (rule("s: {A: 1}\ncondition: t"), "detection.condition", "no selection"),
        (rule("s: {A: 1}\ncondition: (s"), "detection.condition", "bracket"),
        (rule("s: {A: 1}\ncondition: s s"), "detection.condition", "unexpected"),
        (rule("s: {A: 1}\ntimeframe: 5m\ncondition: s"), "detection.timeframe", "correlation"),
        (rule("s: {A: 1}"), "detection.condition", "needs one"),
        (HEAD, "detection", "needs one"),
        (rule("s: {A: 1}\ncondition: s") + "\nlevel: loud", "level", "unknown level"),
        (rule("s: {A: 1}\ncondition: s") + "\nstatus: deprecated", "status", "deprecated"),
        ("logsource: {product: x}\ndetection: {s: {A: 1}, condition: s}", "title", "title"),
        ("title: T\ndetection: {s: {A: 1}, condition: s}", "logsource", "needs one"),
    ],
)
def test_what_can_not_be_expressed_is_refused_with_its_place_and_reason(text, place, word):
    found = one(text)
    assert found.entry is None
    assert found.reason.startswith(f"{place}: ")
    assert word in found.reason


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("title: [", "line 1"),
        ("a: 1\na: 2", "twice"),
        ("a: &x [1]\nb: *x", "anchors"),
        ("- 1", "a map"),
        ("[" * 5000, "not YAML"),
        ("action: global", "collections"),
    ],
)
def test_a_text_that_is_no_sigma_says_where(text, word):
    with pytest.raises(Refused, match=word):
        list(documents(text))


BASE = rule("s: {action: login}\ncondition: s") + "\nname: base\n---\n"
SECOND = rule("s: {action: logout}\ncondition: s") + "\nname: second\n---\n"


def correlated(text: str, *before: str) -> Any:
    found = list(converted(list(documents("".join(before) + f"title: C\ncorrelation: {{{text}}}")), Mapping()))
    assert [each.title for each in found] == ["C"]
    return found[0]


@pytest.mark.parametrize(
    ("text", "kind", "config", "group_by"),
    [
        (
            "type: event_count, rules: [base], group-by: [User, service], timespan: 2h, condition: {gt: 5}",
            *("frequency", {"threshold": 6, "window": 7200}, ["attrs.User", "service"]),
        ),
        (
            "type: value_count, rules: [base], timespan: 30s, condition: {gte: 3, field: User}",
            *("cardinality", {"field": "attrs.User", "over": 2, "window": 30}, []),
        ),
        (
            "type: value_count, rules: base, timespan: 1d, condition: {lte: 3, field: user_id}",
            *("cardinality", {"field": "user_id", "below": 4, "window": 86400}, []),
        ),
    ],
)
def test_a_correlation_becomes_a_type_of_ours(text, kind, config, group_by):
    entry = correlated(text, BASE).entry
    assert (entry["type"], entry["config"], entry["group_by"]) == (kind, config, group_by)
    assert entry["query"] == "action:/(?i)^login$/"
    spec = RuleSpec(slug=entry["slug"], query=entry["query"], type=kind, config=config, group_by=tuple(group_by))
    assert check(spec) == {}


def test_two_rules_in_order_become_a_sequence():
    entry = correlated("type: temporal_ordered, rules: [base, second], timespan: 5m", BASE, SECOND).entry
    assert entry["type"] == "sequence"
    assert entry["config"] == {"first": "action:/(?i)^login$/", "then": "action:/(?i)^logout$/", "within": 300}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("type: temporal, rules: [base], timespan: 5m", "correlation.type"),
        ("type: value_avg, rules: [base], timespan: 5m", "correlation.type"),
        ("type: event_count, rules: [base], timespan: 5M, condition: {gte: 1}", "correlation.timespan"),
        ("type: event_count, rules: [base], timespan: 5m, condition: {lt: 1}", "correlation.condition.lt"),
        ("type: event_count, rules: [base], timespan: 5m, condition: {gte: 1, lte: 5}", "correlation.condition"),
        ("type: event_count, rules: [base], timespan: 5m, condition: {gte: many}", "correlation.condition.gte"),
        ("type: value_count, rules: [base], timespan: 5m, condition: {gte: 5}", "correlation.condition.field"),
        ("type: event_count, rules: [nobody], timespan: 5m, condition: {gte: 5}", "correlation.rules"),
        ("type: event_count, rules: [base], timespan: 5m, condition: {gte: 5}, aliases: {}", "correlation.aliases"),
        ("type: event_count, rules: [], timespan: 5m, condition: {gte: 5}", "correlation.rules"),
    ],
)
def test_a_correlation_that_can_not_be_expressed_is_refused(text, place):
    # one that names nobody leaves the rule beside it a rule of its own
    found = list(converted(list(documents(f"{BASE}title: C\ncorrelation: {{{text}}}")), Mapping()))
    assert found[-1].entry is None
    assert found[-1].reason.startswith(f"{place}: ")


def test_a_counted_rule_is_a_rule_of_its_own_only_where_it_is_asked_for():
    text = (
        "title: C\ncorrelation: {type: event_count, rules: [base], timespan: 5m, condition: {gte: 5}, generate: true}"
    )
    assert [each.title for each in converted(list(documents(BASE + text)), Mapping())] == ["T", "C"]


def test_fields_and_logsources_are_mapped():
    sources = [{"product": "shop", "query": "service:shop"}, {"product": "shop", "service": "a", "query": "service:a"}]
    values = {"fields": {"User": "user_id"}, "prefix": "attrs.win.", "sources": sources}
    mapping = msgspec.convert(values, Mapping)
    found = one(rule("s: {User: bob, EventID: 5}\ncondition: s"), mapping)
    assert found.entry["query"] == "((user_id:/(?i)^bob$/ AND attrs.win.EventID:5) AND (service:shop))"
    assert found.notes == []
    unmapped = one(rule("s: {User: bob}\ncondition: s"))
    assert "product shop" in unmapped.notes[0]
