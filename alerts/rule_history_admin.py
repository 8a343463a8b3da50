"""The history of a rule in the admin: each version, what it changed, and a button back to it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from alerts.models import Rule, RuleVersion
from alerts.rule_history import Step, Unreturnable, pieces, roll_back, steps
from alerts.rule_preview import sentence


class RuleHistoryAdmin:
    """For the admin of rules; Django's own history knows only that something was saved."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        rule = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if rule is None:
            raise Http404("there is no such rule")
        if not self.has_view_permission(request, rule):  # type: ignore[attr-defined]
            raise PermissionDenied
        if request.method == "POST":
            return self.return_to(request, rule)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": f"History of {rule.name}",
            "opts": Rule._meta,
            "rule": rule,
            "steps": [told(step) for step in steps(rule)],
            "may_change": self.has_change_permission(request, rule),  # type: ignore[attr-defined]
            "media": self.media,  # type: ignore[attr-defined]
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/alerts/rule/history.html", context)

    def return_to(self, request: HttpRequest, rule: Rule) -> HttpResponse:
        if not self.has_change_permission(request, rule):  # type: ignore[attr-defined]
            raise PermissionDenied
        number = request.POST.get("version", "")
        try:
            made = roll_back(rule.slug, int(number) if number.isdecimal() else 0, request.user.get_username())
        except RuleVersion.DoesNotExist:
            messages.error(request, "There is no such version.")
        except Unreturnable as error:
            messages.error(request, f"It can't be as in version {number} any more: {error}")
        else:
            messages.success(request, f"As in version {number} again; that is version {made.version}.")
            self.log_change(request, made, f"rolled back to version {number}")  # type: ignore[attr-defined]
        return HttpResponseRedirect(reverse("admin:alerts_rule_history", args=[rule.pk]))


def told(step: Step) -> dict[str, Any]:
    changes = [(change.field.replace("_", " "), pieces(change.before, change.after)) for change in step.changes]
    return {"version": step.version, "sentence": sentence(step.version.spec), "changes": changes}
