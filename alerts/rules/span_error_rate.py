"""span_error_rate: the share of spans with status error, in percent, is over a limit, per group."""

from collections.abc import Mapping, Sequence

from alerts.rules import percentage, tenths
from alerts.rules.clauses import met_by_time
from alerts.rules.frame import Axis, Delta, Verdict, Window, per
from alerts.rules.limits import Limits, Minimum, within
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = False
SIGNALS = ("spans",)
width, span = tenths.width, tenths.span
ERROR = "status:error"


class Config(Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``over``, ``below``, ``recover`` in percent."""

    minimum: Minimum = 20


def as_percentage(config: Config) -> percentage.Config:
    return percentage.Config(
        match=ERROR,
        over=config.over,
        below=config.below,
        recover=config.recover,
        window=config.window,
        minimum=config.minimum,
    )


def base(config: Config) -> int:
    return config.minimum


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return met_by_time(records, ERROR, AXIS, width(config))


def judge(config: Config, window: Window, now: int) -> Verdict:
    return percentage.judge(as_percentage(config), window, now)


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return f"when the share of errors among spans with {query}{per(group_by)} {within(config, ' %')}"
