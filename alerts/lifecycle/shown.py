"""What an alert shows of its episode."""

from alerts.episodes import Summary
from alerts.models import Alert
from search.store import moment
from telemetry.storable import storable

SHOWN = ("count", "first_seen", "last_seen", "related_logs", "related_trace_id", "evidence")


def show(alert: Alert, summary: Summary) -> bool:
    """Put what is known of the episode into the alert; gives whether anything of it is new."""
    before = [getattr(alert, name) for name in SHOWN]
    evidence = summary.evidence
    first, last = moment(summary.first), moment(summary.last)
    alert.count = summary.count + alert.absorbed
    alert.first_seen, alert.last_seen = first, max(last, alert.last_seen) if alert.absorbed else last
    alert.related_logs = [record for _, record, _ in evidence.samples]
    alert.related_trace_id = next((trace for _, _, trace in evidence.samples if trace), None)
    alert.evidence = {
        "value": evidence.value,
        "threshold": evidence.threshold,
        "window_start": moment(evidence.window_start).isoformat(),
        "window_end": moment(evidence.window_end).isoformat(),
        "detail": storable(evidence.detail),
    }
    return before != [getattr(alert, name) for name in SHOWN]
