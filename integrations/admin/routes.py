"""Routes in the admin, in the order in which they are tried, and a page that says where an alert would go and why."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from alerts.event import alert_event
from alerts.models import Alert
from integrations.admin.kept import KeptAdmin
from integrations.models import Destination, Route
from integrations.routes.explain import whereto

LISTS = ("severities", "services", "group_by", "tells")
RECENT = 30  # alerts to choose from


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]
    """Lists are written with commas."""

    class Meta:
        model = Route
        fields = (
            *("name", "slug", "position", "enabled", "fallback", "query", "severities", "services", "hours"),
            *("time_zone", "goes_on", "destinations", "group_by", "group_wait", "group_interval", "repeat_interval"),
            *("send_resolved", "tells"),
        )
        widgets = {
            "query": UnfoldAdminTextareaWidget({"rows": 2, "spellcheck": "false", "class": "rule-query"}),
            "hours": UnfoldAdminTextareaWidget({"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LISTS:
            help_text = self.fields[name].help_text
            self.fields[name] = forms.CharField(
                required=False, widget=UnfoldAdminTextInputWidget(), help_text=help_text
            )
            self.initial[name] = ", ".join(getattr(self.instance, name))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in LISTS:
            data[name] = [part.strip() for part in data.get(name, "").split(",") if part.strip()]
        return data


@admin.register(Route)
class RouteAdmin(KeptAdmin):
    form = RouteForm
    list_display = ("name", "position", "enabled", "asks", "leads_to", "together_by", "times_in_words")
    list_filter = ("enabled",)
    search_fields = ("name", "slug", "query")
    prepopulated_fields = {"slug": ("name",)}
    filter_horizontal = ("destinations",)
    ordering_field = "position"  # rows are dragged, or numbered
    list_editable = (ordering_field,)
    actions_list = ("where_to",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "position", "enabled")}),
        ("Which alerts", {"fields": ("query", "severities", "services", "hours", "time_zone", "fallback", "goes_on")}),
        ("Where to", {"fields": ("destinations", "tells", "send_resolved")}),
        ("When, and what together", {"fields": ("group_by", "group_wait", "group_interval", "repeat_interval")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("destinations")

    @display(description="Asks for")  # type: ignore[untyped-decorator]
    def asks(self, route: Route) -> str:
        if route.fallback:
            return "what no other route took"
        parts = [", ".join(route.severities), ", ".join(route.services), route.query, route.hours.replace("\n", "; ")]
        return " · ".join(part for part in parts if part) or "all"

    @display(description="Leads to")  # type: ignore[untyped-decorator]
    def leads_to(self, route: Route) -> str:
        return ", ".join(str(one) for one in route.destinations.all()) + (" and on" if route.goes_on else "")

    @display(description="Together by")  # type: ignore[untyped-decorator]
    def together_by(self, route: Route) -> str:
        return ", ".join(route.group_by) or "all together"

    @display(description="Wait / interval / repeat, s")  # type: ignore[untyped-decorator]
    def times_in_words(self, route: Route) -> str:
        return f"{route.group_wait} / {route.group_interval} / {route.repeat_interval or 'never'}"

    @action(description="Where would an alert go?", url_path="where-to", permissions=["view"])  # type: ignore[untyped-decorator]
    def where_to(self, request: HttpRequest) -> HttpResponse:
        recent = Alert.objects.order_by("-last_seen", "id")[:RECENT]
        chosen = chosen_alert(request.GET.get("alert", "")) or recent.first()
        context = {
            **self.admin_site.each_context(request),
            "title": "Where would an alert go?",
            "opts": self.opts,
            "media": self.media,
            "alerts": recent,
            "chosen": chosen,
            "found": named(whereto(alert_event(chosen), timezone.now())) if chosen else None,
        }
        return TemplateResponse(request, "admin/integrations/route/where_to.html", context)


def named(found: Mapping[str, Any]) -> dict[str, Any]:
    """With the names of destinations in the place of their slugs."""
    names = dict(Destination.objects.values_list("slug", "name"))

    def of(one: Mapping[str, Any]) -> dict[str, Any]:
        return {**one, "destinations": [names.get(slug, slug) for slug in one["destinations"]]}

    return {**of(found), "routes": [of(one) for one in found["routes"]]}


def chosen_alert(text: str) -> Alert | None:
    """By its id, or by the address of its page."""
    try:
        return Alert.objects.filter(pk=uuid.UUID(text.strip().rstrip("/").rpartition("/")[2])).first()
    except ValueError:
        return None
