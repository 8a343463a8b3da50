"""Silences, maintenance windows and inhibitions in the admin: what is changed there shows at once in the alerts."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Media
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from alerts.models import Inhibition, Maintenance, Silence
from alerts.mute_forms import JUDGED, QUERIES, InhibitionForm, MaintenanceForm, SilenceForm, looked_at
from alerts.mutes import preview
from alerts.mutes.turns import SOON, settle

STATE_COLOURS = {"pending": "info", "active": "warning", "ended": "success"}


class MuteAdmin(ModelAdmin):  # type: ignore[misc]
    change_form_template = "admin/alerts/mute/change_form.html"
    warn_unsaved_form = True

    @property
    def media(self) -> Media:
        ours = Media(js=[cast(str, Script("admin/mute.js", type="module"))], css={"all": ["admin/rule.css"]})
        return cast(Media, super().media) + ours

    def preview_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_preview"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.preview_view))
        return [path("preview/", view, name=self.preview_name()), *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the mute in the form would mute now, or what is wrong with it."""
        if not self.has_view_permission(request):
            return JsonResponse({"detail": "not allowed"}, status=403)
        answer = looked_at(self.form(request.POST), timezone.now())
        html = render_to_string("admin/alerts/mute/preview.html", answer.shown)
        return JsonResponse({"errors": answer.errors, "html": html})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        needs = " ".join(name for name in JUDGED[self.model] if name in QUERIES)
        ours = {"preview_url": reverse(f"admin:{self.preview_name()}"), "preview_needs": needs}
        return super().changeform_view(request, object_id, form_url, ours | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user.get_username()
        super().save_model(request, obj, form, change)
        settle(timezone.now(), most=SOON)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        settle(timezone.now(), most=SOON)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        settle(timezone.now(), most=SOON)


@admin.register(Silence)
class SilenceAdmin(MuteAdmin):
    form = SilenceForm
    list_display = ("reason", "shown_state", "query", "author", "starts_at", "ends_at")
    search_fields = ("query", "reason", "author")
    date_hierarchy = "ends_at"
    actions = ("end",)

    @display(description="State", label=STATE_COLOURS)  # type: ignore[untyped-decorator]
    def shown_state(self, silence: Silence) -> str:
        return silence.state(timezone.now())

    @admin.action(description="End now", permissions=["change"])
    def end(self, request: HttpRequest, silences: QuerySet[Silence]) -> None:
        now = timezone.now()
        ended = [silence for silence in silences if silence.end(now)]
        for silence in ended:
            self.log_change(request, silence, "ended")
        settle(now, most=SOON)
        self.message_user(request, ngettext("%d silence ended.", "%d silences ended.", len(ended)) % len(ended))


@admin.register(Maintenance)
class MaintenanceAdmin(MuteAdmin):
    form = MaintenanceForm
    list_display = ("name", "enabled", "query", "recurrence", "next_time", "author")
    list_filter = ("enabled",)
    search_fields = ("name", "query", "reason")

    @display(description="Next in force", empty_value="never")  # type: ignore[untyped-decorator]
    def next_time(self, window: Maintenance) -> datetime | None:
        return next((begin for begin, _ in preview.occurrences(window.spec(), timezone.now())), None)


@admin.register(Inhibition)
class InhibitionAdmin(MuteAdmin):
    form = InhibitionForm
    list_display = ("name", "enabled", "source", "target", "in_words", "author")
    list_filter = ("enabled",)
    search_fields = ("name", "source", "target", "reason")

    @display(description="Of the same")  # type: ignore[untyped-decorator]
    def in_words(self, rule: Inhibition) -> str:
        return ", ".join(rule.equal) or "anything"
