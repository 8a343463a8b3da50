"""The admin's forms of mutes, and what the mute in a form would mute now, or what is wrong with it and where."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from alerts.models import Alert, Inhibition, Maintenance, Silence
from alerts.mutes import preview
from alerts.rule_preview import Preview
from query import QueryError, matcher

ROWS = 8
QUERIES = ("query", "source", "target")
# what the judging needs to be right, by kind; a query's fields must hold something first
JUDGED: dict[type[Any], tuple[str, ...]] = {
    Silence: ("query",),
    Maintenance: ("query", "first_day", "begins", "minutes", "time_zone", "recurrence"),
    Inhibition: ("source", "target", "equal"),
}


def query_widget() -> forms.Textarea:
    attrs = {"rows": 2, "spellcheck": "false", "autocapitalize": "off", "class": "rule-query"}
    widget: forms.Textarea = UnfoldAdminTextareaWidget(attrs=attrs)
    return widget


class SilenceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Silence
        fields = ("query", "reason", "starts_at", "ends_at")
        widgets = {"query": query_widget()}


class MaintenanceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Maintenance
        fields = (
            *("name", "enabled", "query", "reason"),
            *("first_day", "begins", "minutes", "time_zone", "recurrence"),
        )
        widgets = {"query": query_widget()}


class InhibitionForm(forms.ModelForm):  # type: ignore[type-arg]
    equal = forms.CharField(
        required=False,
        initial="service",
        widget=UnfoldAdminTextInputWidget(),
        help_text="Fields that must be the same in both, separated by commas: service, group.host.",
    )

    class Meta:
        model = Inhibition
        fields = ("name", "enabled", "source", "target", "equal", "reason")
        widgets = {"source": query_widget(), "target": query_widget()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance and not self.instance._state.adding:
            self.initial["equal"] = ", ".join(self.instance.equal)

    def clean_equal(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["equal"].split(",") if name.strip()]


def looked_at(form: Any, now: datetime) -> Preview:
    """``form`` as it stands, complete or not."""
    judged = JUDGED[type(form.instance)]
    errors = {name: found(name, str(texts[0]), form.data) for name, texts in form.errors.items() if name in judged}
    return Preview(errors, {"errors": True}) if errors else Preview({}, shown(form.instance, now))


def found(name: str, message: str, data: Any) -> dict[str, Any]:
    """The message, and for a query the place in it."""
    error: dict[str, Any] = {"message": message, "position": 0, "length": 0}
    if name in QUERIES:
        try:
            matcher(data.get(name, ""), "alerts")
        except QueryError as wrong:
            error |= {"position": wrong.position, "length": wrong.length}
    return error


def shown(mute: Silence | Maintenance | Inhibition, now: datetime) -> dict[str, Any]:
    if isinstance(mute, Inhibition):
        return rows(preview.by_inhibition(mute.spec()))
    if isinstance(mute, Silence):
        return rows(preview.by_query(mute.query))
    zone = ZoneInfo(mute.time_zone)
    spans = [
        (
            f"{begin.astimezone(zone):%a %-d %b %Y %H:%M}",
            f"{end.astimezone(zone):%a %-d %b %H:%M}",
            f"{begin:%H:%M} – {end:%H:%M}",
        )
        for begin, end in preview.occurrences(mute.spec(), now)
    ]
    return rows(preview.by_query(mute.query)) | {"occurrences": spans, "zone": mute.time_zone}


def rows(alerts: Sequence[Alert]) -> dict[str, Any]:
    return {
        "count": f"{len(alerts):,}",
        "alerts": alerts[:ROWS],
        "more": max(len(alerts) - ROWS, 0),
        "occurrences": None,
    }
