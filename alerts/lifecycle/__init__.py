"""The life of an alert: what its rule says, what people do, what time does. Nothing else writes Alert or Transition.

Everything here runs inside the caller's transaction, the batch's or the request's, and takes its transitions' numbers
last (see Counter). Rows are locked in one order, windows, alerts, the counter, so that no two wait for each other.
"""

from alerts.lifecycle.actions import Action, Conflict, act, act_on_all, comment, note
from alerts.lifecycle.deeds import (
    UNRESOLVED,
    acknowledge,
    acknowledging,
    assigning,
    judging,
    reopen,
    reopening,
    resolve,
    resolving,
    snoozing,
    unassigning,
)
from alerts.lifecycle.limits import ALERTS_LIMITED, lapsed, resolve_lapsed
from alerts.lifecycle.merging import merge
from alerts.lifecycle.own import partition_goes_on, report_gap, report_stop
from alerts.lifecycle.snoozes import sleepers, wake_due
from alerts.lifecycle.tickets import overheard, ticketed
from alerts.lifecycle.transitions import NAMESPACE, change, publish
from alerts.lifecycle.verdicts import apply

__all__ = [
    "ALERTS_LIMITED",
    "NAMESPACE",
    "UNRESOLVED",
    "Action",
    "Conflict",
    "acknowledge",
    "acknowledging",
    "act",
    "act_on_all",
    "apply",
    "assigning",
    "change",
    "comment",
    "judging",
    "lapsed",
    "merge",
    "note",
    "overheard",
    "partition_goes_on",
    "publish",
    "reopen",
    "reopening",
    "report_gap",
    "report_stop",
    "resolve",
    "resolve_lapsed",
    "resolving",
    "sleepers",
    "snoozing",
    "ticketed",
    "unassigning",
    "wake_due",
]
