"""Actions and their runs in the admin. A run is decided on the alert's page, where the exact call is in view."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from integrations.admin.kept import KeptAdmin
from integrations.automation.calls import in_words
from integrations.automation.checks import SHORTEST_SECRET
from integrations.models import Action, ActionRun

STATE_COLOURS = {
    **dict.fromkeys(("suggested", "waiting"), "warning"),
    **dict.fromkeys(("approved", "running", "ran"), "info"),
    **dict.fromkeys(("failed", "unknown", "no_effect"), "danger"),
    "worked": "success",
}


class ActionForm(forms.ModelForm):  # type: ignore[type-arg]
    secret = forms.CharField(
        required=False,
        min_length=SHORTEST_SECRET,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Signs the calls of a webhook. Never shown again; left empty it stays as it is.",
    )

    class Meta:
        model = Action
        exclude = ("sealed", "changed_by")  # noqa: DJ006 - all others


@admin.register(Action)
class ActionAdmin(KeptAdmin):
    form = ActionForm
    list_display = ("name", "description", "kind", "mode", "risky", "enabled", "changed_by")
    list_filter = ("enabled", "mode", "risky", "kind")
    search_fields = ("name", "description", "url", "command")
    fieldsets = (
        (None, {"fields": ["name", "description", "enabled"]}),
        ("What is called", {"fields": ["kind", "url", "secret", "command", "parameters", "idempotent"]}),
        ("When", {"fields": ["mode", "risky", "min_confidence", "per_hour", "expires_minutes"]}),
        ("Afterwards", {"fields": ["check_minutes", "check_query"]}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Action | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()  # alerts name it

    def save_model(self, request: HttpRequest, obj: Action, form: Any, change: bool) -> None:
        obj.changed_by = request.user.get_username()
        obj.put(form.cleaned_data.get("secret") or "")
        super().save_model(request, obj, form, change)


@admin.register(ActionRun)
class ActionRunAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("action", "shown_state", "on_alert", "asked_by", "approved_by", "words", "created_at")
    list_filter = ("state", "action")
    list_select_related = ("action", "alert")
    search_fields = ("alert__service", "alert__issue_code", "asked_by", "approved_by", "words")
    date_hierarchy = "created_at"
    fields = (
        *("action", "shown_state", "on_alert", "exact_call", "call_hash", "approved_hash", "asked_by", "approved_by"),
        *("by_itself", "words", "tries", "created_at", "expires_at", "ended_at"),
    )
    readonly_fields = fields

    @display(description="State", ordering="state", label=STATE_COLOURS)  # type: ignore[untyped-decorator]
    def shown_state(self, run: ActionRun) -> str:
        return run.state

    @display(description="Alert")  # type: ignore[untyped-decorator]
    def on_alert(self, run: ActionRun) -> str:
        alert = run.alert
        return format_html('<a href="/alerts/{}/">{} {}</a>', alert.pk, alert.issue_code, alert.service)

    @display(description="Exact call")  # type: ignore[untyped-decorator]
    def exact_call(self, run: ActionRun) -> str:
        return format_html("<pre>{}</pre>", in_words(run.call))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
