"""What a notice says, for every kind: its state, its headline, the facts of each alert. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from integrations.destinations.kind import Notice, Told

State = Literal["firing", "acknowledged", "resolved"]
WORST = ("error", "warn", "info")


class Line(NamedTuple):
    """One alert, ready to be written down. ``happened``: what did since it was told last, in a word or two."""

    id: str
    code: str
    severity: str
    status: str
    message: str
    where: str
    times: int
    since: str
    last: str
    fix: str
    happened: str
    url: str
    ticket: str


def state(notice: Notice) -> State:
    statuses = {told.alert["status"] for told in notice.alerts}
    if statuses <= {"resolved"}:
        return "resolved"
    return "acknowledged" if statuses <= {"resolved", "acknowledged"} else "firing"


def severity(notice: Notice) -> str:
    """The worst of what still fires, else of all."""
    firing = [told.alert for told in notice.alerts if told.alert["status"] != "resolved"]
    found = {alert["severity"] for alert in firing or [told.alert for told in notice.alerts]}
    return next((name for name in WORST if name in found), "info")


def headline(notice: Notice) -> str:
    """One line without line ends."""
    lines = [line_of(told, notice.site) for told in notice.alerts]
    first = lines[0]
    where = f" · {first.where}" if first.where else ""
    text = (
        f"{first.code}{where}: {first.message}" if len(lines) == 1 else f"{len(lines)} alerts · {named(notice.group)}"
    )
    return one_line(text)


def named(group: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in group.items()) or "all"


def lines(notice: Notice, most: int = 20) -> tuple[list[Line], int]:
    """The first ones, those that fire before those that don't, and how many are left out."""
    order = sorted(notice.alerts, key=lambda told: told.alert["status"] == "resolved")
    return [line_of(told, notice.site) for told in order[:most]], max(len(order) - most, 0)


def line_of(told: Told, site: str) -> Line:
    alert = told.alert
    return Line(
        id=alert["id"],
        code=alert["issue_code"],
        severity=alert["severity"],
        status=alert["status"],
        message=one_line(alert["message"]),
        where=where(alert),
        times=alert["count"],
        since=clock(alert["first_seen"]),
        last=clock(alert["last_seen"]),
        fix=alert["suggested_fix"] or "",
        happened=happened(told.transitions),
        url=f"{site.rstrip('/')}{alert['url']}",
        ticket=(alert.get("ticket") or {}).get("key", ""),
    )


def where(alert: Mapping[str, Any]) -> str:
    others = [f"{name} {value}" for name, value in (alert["group"] or {}).items() if name != "service"]
    return one_line(" · ".join(filter(None, (alert["service"], *others))))


def happened(transitions: Sequence[Mapping[str, Any]]) -> str:
    """The last thing, who did it and what they said."""
    if not transitions:
        return ""
    last = transitions[-1]
    by = f" by {last['by']}" if last["by"] != "system" else ""
    return one_line(f"{last['kind'].replace('_', ' ')}{by}" + (f": {last['reason']}" if last["reason"] else ""))


def clock(moment: str | None) -> str:
    """``2026-11-24T12:00:30.123Z`` -> ``2026-11-24 12:00:30 UTC``."""
    return f"{moment[:10]} {moment[11:19]} UTC" if moment else ""


def one_line(text: str) -> str:
    return " ".join(text.split())


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
