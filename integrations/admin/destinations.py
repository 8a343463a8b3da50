"""Destinations in the admin: a kind is chosen, its form filled in, and it is tried for real."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from unfold.decorators import action, display

from integrations.admin.destination_form import form_of, known, names
from integrations.admin.kept import KeptAdmin
from integrations.delivery.sample import sample
from integrations.delivery.trial import trial
from integrations.destinations import KINDS
from integrations.destinations.kind import Kind
from integrations.models import Destination


@admin.register(Destination)
class DestinationAdmin(KeptAdmin):
    list_display = ("name", "kind_name", "enabled", "waiting", "shown_state")
    list_filter = ("enabled", "kind")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    actions_detail = ("try_it",)

    def kind_of(self, request: HttpRequest, destination: Destination | None) -> Kind | None:
        return known(destination.kind if destination else request.GET.get("kind"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        if known(request.GET.get("kind")):
            return super().add_view(request, form_url, extra_context)
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": "Add destination", "opts": self.opts}
        template = "admin/integrations/destination/kinds.html"
        return TemplateResponse(request, template, context | {"kinds": list(KINDS.values())})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if kind := self.kind_of(request, obj):
            kwargs |= {"form": form_of(kind, obj.sealed if obj else {}), "fields": ("name", "slug", "enabled")}
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        own: tuple[str, ...] = ("name", "slug", "enabled")
        if kind := self.kind_of(request, obj):
            title = kind.label
            return [(None, {"fields": own}), (title, {"fields": names(kind, obj.sealed if obj else {})})]
        return [(None, {"fields": own})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a kind that isn't there any more nothing can be changed."""
        return () if obj is None or known(obj.kind) else ("name", "slug", "enabled")

    @display(description="Kind")  # type: ignore[untyped-decorator]
    def kind_name(self, destination: Destination) -> str:
        kind = known(destination.kind)
        return kind.label if kind else f"{destination.kind} (not there)"

    @display(description="Waiting")  # type: ignore[untyped-decorator]
    def waiting(self, destination: Destination) -> int:
        return destination.deliveries.filter(state="waiting").count()

    @display(description="State", label={"well": "success", "fails": "danger"})  # type: ignore[untyped-decorator]
    def shown_state(self, destination: Destination) -> str:
        circuit = getattr(destination, "circuit", None)
        return "fails" if circuit and circuit.probe_at else "well"

    @action(description="Test and preview", url_path="try", permissions=["change"])  # type: ignore[untyped-decorator]
    def try_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What it would be told; with POST it is tried, step by step."""
        destination = get_object_or_404(Destination, pk=object_id)
        if not self.has_change_permission(request, destination):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"Test {destination}",
            "opts": self.opts,
            "media": self.media,
            "original": destination,
            "steps": list(trial(destination)) if request.method == "POST" else None,
            "preview": sample(destination),
        }
        return TemplateResponse(request, "admin/integrations/destination/try.html", context)
