"""Destinations in the admin: a kind is chosen, its form filled in, and it is tried for real."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from alerts.models import Alert
from integrations.admin.destination_form import DestinationForm, form_of, known, names
from integrations.admin.kept import KeptAdmin
from integrations.admin.offers import offered
from integrations.admin.preview import MADE_UP, looked_at, saved
from integrations.admin.routes import RECENT
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
    change_form_template = "admin/integrations/destination/change_form.html"

    @property
    def media(self) -> Media:
        return super().media + Media(js=[cast(str, Script("admin/destination.js", type="module"))])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.preview_view))
        offers = self.admin_site.admin_view(require_POST(self.offers_view))
        return [
            path("preview/", view, name="integrations_destination_preview"),
            path("offers/", offers, name="integrations_destination_offers"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the destination in the form would be sent, or what is wrong with its templates."""
        answer = looked_at(self.draft(request), request.POST.get("preview_alert", ""), timezone.now())
        html = render_to_string("admin/integrations/destination/preview.html", answer._asdict())
        return JsonResponse({"errors": answer.errors, "html": html})

    def offers_view(self, request: HttpRequest) -> HttpResponse:
        """What the other side could be given besides, by the address and the credentials in the form."""
        asked = offered(self.draft(request))
        return HttpResponse(render_to_string("admin/integrations/destination/offers.html", asked._asdict()))

    def draft(self, request: HttpRequest) -> DestinationForm:
        """The form as it stands, for those who may save it."""
        pk = request.GET.get("of", "")
        destination = get_object_or_404(Destination, pk=pk) if pk.isdecimal() else None
        if not (self.has_change_permission(request, destination) if destination else self.has_add_permission(request)):
            raise PermissionDenied
        kind = self.kind_of(request, destination)
        if kind is None:
            raise Http404
        return form_of(kind, destination.sealed if destination else {})(request.POST, instance=destination)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        asked = f"of={object_id}" if object_id else f"kind={request.GET.get('kind', '')}"
        recent = Alert.objects.order_by("-last_seen", "id")[:RECENT]
        urls = {
            f"{name}_url": f"{reverse(f'admin:integrations_destination_{name}')}?{asked}"
            for name in ("preview", "offers")
        }
        ours = {"alerts": recent, "made_up": MADE_UP, **urls}
        return super().changeform_view(request, object_id, form_url, ours | (extra_context or {}))

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
        kind = known(destination.kind)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Test {destination}",
            "opts": self.opts,
            "media": self.media,
            "original": destination,
            "steps": list(trial(destination)) if request.method == "POST" else None,
            "panes": saved(destination, kind, timezone.now()) if kind else (),
        }
        return TemplateResponse(request, "admin/integrations/destination/try.html", context)
