"""The names that columns may hold."""

from alerts.rules import RULE_TYPES

SEVERITIES = ("error", "warn", "info")
STATUSES = ("open", "acknowledged", "snoozed", "resolved")
KINDS = (
    *("opened", "repeated", "reminded", "escalated", "resolved", "reopened"),
    *("acknowledged", "assigned", "unassigned", "snoozed", "unsnoozed", "merged", "judged", "commented"),
    *("muted", "unmuted", "ticketed"),
    *("action_suggested", "action_asked", "action_approved", "action_rejected", "action_expired"),
    *("action_ran", "action_failed", "action_unknown", "action_worked", "action_no_effect"),
)
VERDICTS = ("real", "noise", "known")  # what people say of an alert afterwards
SIGNALS = ("logs", "spans", "metrics", "alerts")


def pairs(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


# As callables, so that a new choice is no migration.
def severity_choices() -> list[tuple[str, str]]:
    return pairs(SEVERITIES)


def status_choices() -> list[tuple[str, str]]:
    return pairs(STATUSES)


def verdict_choices() -> list[tuple[str, str]]:
    return pairs(VERDICTS)


def signal_choices() -> list[tuple[str, str]]:
    return pairs(SIGNALS)


def type_choices() -> list[tuple[str, str]]:
    return pairs(tuple(RULE_TYPES))
