"""The replay of the rule in the admin's form, beside the rule as it runs: started, looked at, stopped."""

from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from alerts.models import ReplayJob, Rule
from alerts.replay_job import start
from alerts.rule_form import RuleForm
from alerts.rule_preview import judging
from alerts.timeline import bars

RANGES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
WIDTH, ROW, GROUPS, LISTED = 600, 18, 12, 20


class Unready(Exception):
    """The form doesn't hold a rule that could be judged; the message says why."""


def begin(data: QueryDict, by: str) -> ReplayJob:
    """Raises Unready and TooMany."""
    number = data.get("rule", "")
    running = Rule.objects.select_related("issue").filter(pk=int(number)).first() if number.isdecimal() else None
    slug = running.slug if running else data.get("slug") or "draft"
    form = RuleForm(data, instance=Rule(slug=slug, enabled=True))
    if wrong := [f"{name}: {texts[0]}" for name, texts in form.errors.items() if name in judging(form)]:
        raise Unready("; ".join(wrong))
    draft: Rule = form.instance
    since = timezone.now() - RANGES.get(data.get("range", ""), RANGES["hour"])
    return start(running, draft, since, None, by) if running else start(draft, None, since, None, by)


def shown(job: ReplayJob) -> dict[str, Any]:
    """What the template takes."""
    context: dict[str, Any] = {"job": job, "share": 100 * job.done // job.total if job.total else 0}
    if job.result:
        result = job.result
        since, until = (datetime.fromisoformat(result[name]) for name in ("since", "until"))
        context |= {
            "result": result,
            "rows": rows(result, since, until),
            "since": since,
            "until": until,
            "width": WIDTH,
            "changes": changes(result),
        }
    return context


def rows(result: dict[str, Any], since: datetime, until: datetime) -> list[dict[str, Any]]:
    """A row for each group, those with the most alerts first: where its alerts lie in time, of both versions."""
    groups: dict[str, dict[str, list[Any]]] = {}
    for side in ("running", "alerts"):
        for alert in result[side]:
            lists = groups.setdefault(name_of(alert), {"running": [], "alerts": []})
            lists[side] += [(moment(one["began"]), moment(one["ended"]) or until) for one in alert["episodes"]]
    most = sorted(groups.items(), key=lambda item: -sum(map(len, item[1].values())))[:GROUPS]
    return [
        {"name": name, "counts": {side: len(found) for side, found in lists.items()}}
        | {side: bars(found, since, until, WIDTH) for side, found in lists.items()}
        for name, lists in most
    ]


def changes(result: dict[str, Any]) -> list[dict[str, Any]]:
    listed = [
        {"sign": sign, "word": word, "name": name_of(alert), "alert": alert, "at": moment(alert["created_at"])}
        for sign, word, side in (("+", "added", "added"), ("−", "removed", "removed"))
        for alert in result[side][:LISTED]
    ]
    return sorted(listed, key=lambda change: str(change["at"]))


def name_of(alert: dict[str, Any]) -> str:
    return ", ".join(str(value) for value in alert["group"].values()) or "all"


def moment(text: str | None) -> Any:
    return parse_datetime(text) if text else None
