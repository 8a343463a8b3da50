"""Rules, issues and alerts in the admin. Alerts change only through alerts/lifecycle."""

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import Media
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.text import Truncator
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from alerts import lifecycle, replay_job, rule_replay
from alerts import mute_admin as mute_admin  # Django looks for all of an app in this module
from alerts.given import keys
from alerts.models import Alert, IssueCode, Rule, Transition
from alerts.rule_fields import config_fields
from alerts.rule_file_admin import RuleFileAdmin
from alerts.rule_form import RuleForm
from alerts.rule_history import shown
from alerts.rule_history_admin import RuleHistoryAdmin
from alerts.rule_preview import preview, sentence, tried_on_all
from alerts.scorecard import scorecard

SEVERITY_COLOURS = {"error": "danger", "warn": "warning", "info": "info"}
STATUS_COLOURS = {"open": "danger", "acknowledged": "warning", "snoozed": "info", "resolved": "success"}


class ReadOnly:
    """To be looked at only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Rule)
class RuleAdmin(RuleHistoryAdmin, RuleFileAdmin, ModelAdmin):  # type: ignore[misc]
    form = RuleForm
    change_form_template = "admin/alerts/rule/change_form.html"
    list_display = ("name", "shown_severity", "type", "in_words", "cost", "enabled", "last_fired")
    list_filter = ("enabled", "severity", "type", "signal")
    search_fields = ("slug", "name", "query", "issue__code")
    list_select_related = ("issue",)
    prepopulated_fields = {"slug": ("name",)}
    actions = ("enable", "disable")
    warn_unsaved_form = True

    @property
    def media(self) -> Media:
        scripts = [cast(str, Script(f"admin/{name}.js", type="module")) for name in ("rule", "replay")]
        ours = Media(js=scripts, css={"all": ["admin/rule.css"]})
        return cast(Media, super().media) + ours

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        last = Alert.objects.filter(rule_slug=OuterRef("slug")).order_by("-last_seen").values("last_seen")[:1]
        return cast(QuerySet[Rule], super().get_queryset(request).annotate(fired_at=Subquery(last)))

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> list[tuple[str | None, dict[str, Any]]]:
        typed = list(config_fields()) if self.may_edit(request, obj) else ["config"]
        return [
            (None, {"fields": ["name", "slug", "enabled"]}),
            ("When", {"fields": ["signal", "query", "type", *typed, "group_by"]}),
            ("Then", {"fields": ["severity", "severity_steps", "issue", "message", "confidence"]}),
            ("Time", {"fields": ["lateness", "reopen_within", "renotify", "new_per_minute"]}),
            *([("Where it comes from", {"fields": ["came_from"]})] if obj and obj.origin else []),
        ]

    def may_edit(self, request: HttpRequest, obj: Rule | None) -> bool:
        return bool(self.has_change_permission(request, obj) if obj else self.has_add_permission(request))

    def get_form(self, request: HttpRequest, obj: Rule | None = None, change: bool = False, **kwargs: Any) -> Any:
        # the fields of the types' configs are added by the form itself, so the factory must not look for them
        if self.may_edit(request, obj):
            kwargs["fields"] = [name for name in RuleForm.Meta.fields if not (obj and name == "slug")]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Rule | None = None) -> tuple[str, ...]:
        return ("slug", "came_from") if obj else ()  # its alerts are known by its slug

    def get_prepopulated_fields(self, request: HttpRequest, obj: Rule | None = None) -> dict[str, Any]:
        return {} if obj else self.prepopulated_fields

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        ours = [
            path("preview/", view(require_POST(self.preview_view)), name="alerts_rule_preview"),
            path("replay/", view(require_POST(self.replay_view)), name="alerts_rule_replay"),
            path("replay/<uuid:job_id>/", view(self.replay_job_view), name="alerts_rule_replay_job"),
        ]
        return [*ours, *super().get_urls()]

    def replay_view(self, request: HttpRequest) -> HttpResponse:
        """Begin to play the rule in the form over stored history."""
        if not self.has_view_permission(request):
            return JsonResponse({"detail": "not allowed"}, status=403)
        try:
            job = rule_replay.begin(request.POST, request.user.get_username())
        except (rule_replay.Unready, replay_job.TooMany) as error:
            return JsonResponse({"detail": str(error)}, status=409)
        return JsonResponse({"url": reverse("admin:alerts_rule_replay_job", args=[job.pk])}, status=202)

    def replay_job_view(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        """How far a replay is, or what it found; POST stops it."""
        if not self.has_view_permission(request):
            return JsonResponse({"detail": "not allowed"}, status=403)
        if request.method == "POST":
            replay_job.stop(job_id)
        job = replay_job.look(job_id)
        if job is None:
            return JsonResponse({"detail": "there is no such replay"}, status=404)
        html = render_to_string("admin/alerts/rule/replay.html", rule_replay.shown(job))
        return JsonResponse({"state": job.state, "html": html})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        rule = self.get_object(request, object_id)
        scores = scorecard(rule, timezone.now()) if rule else []
        context = {"scores": scores if any(score.alerts for score in scores) else []} | (extra_context or {})
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the rule in the form would have done in the last hour, or what is wrong with it."""
        if not self.has_view_permission(request):
            return JsonResponse({"detail": "not allowed"}, status=403)
        answer = preview(request.POST, timezone.now())
        html = render_to_string("admin/alerts/rule/preview.html", answer.shown)
        return JsonResponse({"errors": answer.errors, "html": html})

    @display(description="Origin")  # type: ignore[untyped-decorator]
    def came_from(self, rule: Rule) -> str:
        lines = ((name, shown(value)) for name, value in rule.origin.items())
        return format_html_join("", "<div><b>{}</b> {}</div>", lines)

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        obj.save(by=request.user.get_username())

    @display(description="Severity", ordering="severity", label=SEVERITY_COLOURS)  # type: ignore[untyped-decorator]
    def shown_severity(self, rule: Rule) -> str:
        return rule.severity

    @display(description="Rule")  # type: ignore[untyped-decorator]
    def in_words(self, rule: Rule) -> str:
        return Truncator(sentence(rule.spec())).chars(160)

    @display(description="Cost", label={"every record is tried": "warning"})  # type: ignore[untyped-decorator]
    def cost(self, rule: Rule) -> str | None:
        return "every record is tried" if tried_on_all(rule.spec()) else None

    @display(description="Last fired", empty_value="never", ordering="fired_at")  # type: ignore[untyped-decorator]
    def last_fired(self, rule: Rule) -> Any:
        return rule.fired_at  # type: ignore[attr-defined]

    @admin.action(description="Switch on", permissions=["change"])
    def enable(self, request: HttpRequest, rules: QuerySet[Rule]) -> None:
        self.switch(request, rules, True)

    @admin.action(description="Switch off", permissions=["change"])
    def disable(self, request: HttpRequest, rules: QuerySet[Rule]) -> None:
        self.switch(request, rules, False)

    def switch(self, request: HttpRequest, rules: QuerySet[Rule], enabled: bool) -> None:
        changed = list(rules.exclude(enabled=enabled))
        for rule in changed:
            rule.enabled, rule.edited = enabled, True
            told = f"switched {'on' if enabled else 'off'}"
            rule.save(by=request.user.get_username(), note=told)
            self.log_change(request, rule, told)
        self.message_user(
            request,
            ngettext("%d rule switched %s.", "%d rules switched %s.", len(changed))
            % (len(changed), "on" if enabled else "off"),
        )


@admin.register(IssueCode)
class IssueCodeAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("code", "title", "suggested_fix", "automation_action")
    search_fields = ("code", "title", "suggested_fix")

    def get_readonly_fields(self, request: HttpRequest, obj: IssueCode | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


class TransitionInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = Transition
    fields = ("seq", "kind", "at", "by", "reason")
    readonly_fields = fields
    extra = 0
    max_num = 0
    hide_title = True


@admin.register(Alert)
class AlertAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("issue_code", "shown_severity", "shown_status", "service", "message", "count", "last_seen")
    list_filter = ("status", "severity", "issue_code")
    search_fields = ("issue_code", "service", "message", "rule_slug")
    date_hierarchy = "last_seen"
    ordering = ("-last_seen",)
    inlines = (TransitionInline,)
    actions = ("acknowledge", "resolve", "reopen")

    @display(description="Severity", ordering="severity", label=SEVERITY_COLOURS)  # type: ignore[untyped-decorator]
    def shown_severity(self, alert: Alert) -> str:
        return alert.severity

    @display(description="Status", ordering="status", label=STATUS_COLOURS)  # type: ignore[untyped-decorator]
    def shown_status(self, alert: Alert) -> str:
        return alert.status

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("alerts.act_on_alert")

    @admin.action(description="Acknowledge", permissions=["act"])
    def acknowledge(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        self.act(request, alerts, lifecycle.acknowledging())

    @admin.action(description="Resolve", permissions=["act"])
    def resolve(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        self.act(request, alerts, lifecycle.resolving())

    @admin.action(description="Reopen", permissions=["act"])
    def reopen(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        self.act(request, alerts, lifecycle.reopening())

    def act(self, request: HttpRequest, alerts: QuerySet[Alert], action: lifecycle.Action) -> None:
        ids = keys(alerts.order_by())
        try:
            done = lifecycle.act_on_all(ids, action, request.user.get_username())
        except lifecycle.Conflict as conflict:
            self.message_user(request, f"Nothing was done: {conflict}.", messages.WARNING)
            return
        self.message_user(request, ngettext("%d alert %s.", "%d alerts %s.", done) % (done, action.kind))
        if rest := len(ids) - done:
            said = ngettext("%d was not in a state for it.", "%d were not in a state for it.", rest) % rest
            self.message_user(request, said, messages.WARNING)


@admin.register(Transition)
class TransitionAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("seq", "kind", "alert", "at", "by", "reason")
    list_filter = ("kind",)
    search_fields = ("by", "reason", "alert__issue_code", "alert__service")
    list_select_related = ("alert",)
    ordering = ("-seq",)
