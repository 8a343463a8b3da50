"""Rules, the issue catalogue, alerts and their transitions, and what mutes them."""

from alerts.models.alerts import Alert, Transition
from alerts.models.choices import (
    KINDS,
    SEVERITIES,
    SIGNALS,
    STATUSES,
    VERDICTS,
    severity_choices,
    signal_choices,
    status_choices,
    type_choices,
    verdict_choices,
)
from alerts.models.counter import Counter
from alerts.models.limits import NewAlerts
from alerts.models.mutes import Inhibition, Maintenance, Silence
from alerts.models.replays import ReplayJob
from alerts.models.rules import IssueCode, Rule, RuleVersion, RuleWindow

__all__ = [
    "KINDS",
    "SEVERITIES",
    "SIGNALS",
    "STATUSES",
    "VERDICTS",
    "Alert",
    "Counter",
    "Inhibition",
    "IssueCode",
    "Maintenance",
    "NewAlerts",
    "ReplayJob",
    "Rule",
    "RuleVersion",
    "RuleWindow",
    "Silence",
    "Transition",
    "severity_choices",
    "signal_choices",
    "status_choices",
    "type_choices",
    "verdict_choices",
]
