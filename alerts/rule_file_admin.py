"""Rules as files in the admin: a button that exports them, and a page that imports ours and Sigma's."""

from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action

from alerts.models import Rule
from alerts.rule_import import Imported, import_file, import_sigma
from alerts.rule_load import OUTCOMES, Fate, Way, counts, refused
from alerts.rulefile import Refusal, exported


class RuleFileAdmin:
    """For the admin of rules."""

    actions_list = ("export_rules", "import_rules")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))  # type: ignore[attr-defined]

    @action(description="Export", url_path="export", permissions=["view"])  # type: ignore[untyped-decorator]
    def export_rules(self, request: HttpRequest) -> HttpResponse:
        body = msgspec.json.format(msgspec.json.encode(exported(Rule.objects.all())), indent=2)
        name = {"Content-Disposition": 'attachment; filename="alert-rules.json"'}
        return HttpResponse(body, content_type="application/json", headers=name)

    @action(description="Import", url_path="import", permissions=["import"])  # type: ignore[untyped-decorator]
    def import_rules(self, request: HttpRequest) -> HttpResponse:
        """First it is shown what would be, then it is done."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        text = given(request)
        way = Way(
            request.user.get_username(),
            "imported",
            overwrite="overwrite" in request.POST,
            dry_run="import" not in request.POST,
        )
        found = imported(text, way) if text.strip() else None
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": "Import rules",
            "opts": Rule._meta,
            "text": "" if found and found.applied else text,
            "way": way,
            "found": found,
            "fates": [fate for fate in found.fates if fate.outcome != "unchanged"] if found else [],
            "told": [(outcome, counts(found.fates, "rule")[outcome]) for outcome in OUTCOMES] if found else [],
            "media": self.media,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/alerts/rule/import.html", context)


def given(request: HttpRequest) -> str:
    """The files that were sent, else what stands in the text."""
    files: list[Any] = request.FILES.getlist("files")
    texts = [file.read().decode("utf-8", "replace") for file in files]
    return "\n---\n".join(texts) or str(request.POST.get("text", ""))


def imported(text: str, way: Way) -> Imported:
    """What begins as a JSON object is a file of ours, all else is Sigma."""
    if not text.lstrip().startswith("{"):
        return import_sigma([("the text", text)], way)
    try:
        return import_file(msgspec.json.decode(text), way)
    except msgspec.DecodeError as error:
        return Imported(False, [unreadable(f"not JSON: {error}")])


def unreadable(reason: str) -> Fate:
    return refused(Refusal("file", "the text", reason))
