"""What the rule in the admin's form would have done in the last hour, or what is wrong with it and where."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.http import QueryDict

from alerts.models import Rule
from alerts.rule_form import RuleForm
from alerts.rules import RuleSpec, check, config_of, query_of, type_of
from alerts.tryout import BARS, Trial, on_recent
from query import QueryError, matcher, parse
from query.fields import SCHEMAS
from query.witness import witnesses
from telemetry.records import Record

GROUPS = 8
PLOT_HEIGHT = 40


class Preview(msgspec.Struct):
    """``errors``: field -> {message, position, length}; ``shown``: what the template takes."""

    errors: dict[str, dict[str, Any]]
    shown: dict[str, Any]


def sentence(spec: RuleSpec | dict[str, Any]) -> str:
    """A rule, or a version of one, in words; empty when it can't be read any more."""
    spec = spec if isinstance(spec, RuleSpec) else msgspec.convert(spec, RuleSpec)
    return "" if check(spec) else type_of(spec).sentence(config_of(spec), spec.query, spec.group_by)


def tried_on_all(spec: RuleSpec) -> bool:
    """Whether nothing in its query can be looked up, so that every record has to be tried."""
    return (
        spec.type != "composite"
        and not check(spec)
        and not witnesses(parse(query_of(spec), spec.signal), SCHEMAS[spec.signal])
    )


def preview(data: QueryDict, now: datetime) -> Preview:
    """``data`` is the form as it stands, complete or not; only what the judging needs must be right."""
    form = RuleForm(data, instance=Rule(slug="draft"))
    errors = {name: found(name, str(texts[0]), data) for name, texts in form.errors.items() if name in judging(form)}
    if errors:
        return Preview(errors, {"errors": True})
    spec = form.instance.spec()
    return Preview({}, shown(spec, on_recent(spec, now)))


def judging(form: RuleForm) -> set[str]:
    return {"signal", "type", "query", "group_by", "lateness", *form.typed()}


def found(name: str, message: str, data: QueryDict) -> dict[str, Any]:
    """The message, and for a query the place in it."""
    error: dict[str, Any] = {"message": message, "position": 0, "length": 0}
    if name == "query":
        try:
            matcher(data.get("query", ""), data.get("signal", "logs"))
        except (QueryError, KeyError) as wrong:
            error |= {"position": getattr(wrong, "position", 0), "length": getattr(wrong, "length", 0)}
    return error


def shown(spec: RuleSpec, trial: Trial) -> dict[str, Any]:
    groups: dict[tuple[Any, ...], list[int]] = {}
    for alert in trial.alerts:
        found = groups.setdefault(tuple(alert.group.values()), [0, 0])
        found[0] += 1
        found[1] += alert.count
    ordered = sorted(groups.items(), key=lambda item: -item[1][1])
    rows = [(", ".join(map(str, group)) or "all", alerts, count) for group, (alerts, count) in ordered]
    top = max(trial.bars) or 1
    return {
        "sentence": sentence(spec),
        "tried_on_all": tried_on_all(spec),
        "sampled": f"{trial.sampled:,}",
        "complete": trial.complete,
        "matched": f"{trial.matched:,}",
        "fired": f"{len(trial.alerts):,}",
        "signal": spec.signal,
        "groups": rows[:GROUPS],
        "more": max(len(rows) - GROUPS, 0),
        "bars": [bar(index, count, top) for index, count in enumerate(trial.bars) if count],
        "width": BARS * 10,
        "top": top,
        "examples": [example(record) for record in reversed(trial.examples)],
    }


def bar(index: int, count: int, top: int) -> dict[str, Any]:
    height = max(PLOT_HEIGHT * count / top, 1)
    return {"x": index * 10 + 1, "y": f"{PLOT_HEIGHT - height:.2f}", "height": f"{height:.2f}", "count": count}


def example(record: Record) -> tuple[datetime, str, str]:
    text = getattr(record, "message", "") or getattr(record, "name", "")
    return datetime.fromtimestamp(record.timestamp / 1e9, UTC), record.service, text[:300]
