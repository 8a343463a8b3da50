"""Dead letters in the admin: sums by reason and sender, a page to try and mend one, and back into the transport."""

from collections.abc import Iterable
from typing import Any

import msgspec
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.permissions import may_requeue
from ingest.models import DeadLetter
from ingest.requeue import NotRequeued, attempt, portion, requeue, shown, sums
from ingest.transport.interface import TransportFull

AT_ONCE = 20_000  # letters that one press of the button requeues


class Settled(admin.SimpleListFilter):
    title = "state"
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "to be looked at"), ("yes", "settled")]

    def queryset(self, request: HttpRequest, rows: QuerySet[DeadLetter]) -> QuerySet[DeadLetter]:
        return rows.filter(settled_at__isnull=self.value() == "no") if self.value() else rows


class DeadLetterAdmin(ModelAdmin):  # type: ignore[misc]
    """What is shown is redacted, and so is what is requeued: nothing else was kept."""

    list_display = ("created_at", "reason", "service", "error", "shown_state", "try_it")
    list_filter = ("reason", Settled)
    search_fields = ("service", "error", "id")
    ordering = ("-created_at",)
    actions = ("requeue_selected",)
    list_before_template = "admin/ingest/deadletter/sums.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: DeadLetter | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DeadLetter | None = None) -> bool:
        return False

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        return may_requeue(request.user)

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"dead": "danger", "waiting": "warning", "settled": "success"}
    )
    def shown_state(self, letter: DeadLetter) -> str:
        return letter.state

    @display(description="")  # type: ignore[untyped-decorator]
    def try_it(self, letter: DeadLetter) -> str:
        return format_html('<a href="{}">Try</a>', reverse("admin:ingest_deadletter_try", args=[letter.id]))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("requeue-all/", view(require_POST(self.requeue_all)), name="ingest_deadletter_requeue_all"),
            path("<str:id>/try/", view(self.try_view), name="ingest_deadletter_try"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"sums": list(sums()), "may_requeue": may_requeue(request.user)} | (extra_context or {})
        return super().changelist_view(request, context)  # type: ignore[no-any-return]

    @admin.action(description="Requeue", permissions=["requeue"])
    def requeue_selected(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> None:
        self.put_back(request, letters)

    def requeue_all(self, request: HttpRequest) -> HttpResponse:
        """Of a reason and sender."""
        if not may_requeue(request.user):
            raise PermissionDenied
        reason, service = request.POST.get("reason", ""), request.POST.get("service", "")
        self.put_back(request, DeadLetter.objects.filter(reason=reason, service=service))
        return HttpResponseRedirect(reverse("admin:ingest_deadletter_changelist"))

    def put_back(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> None:
        """In portions; says how far it went."""
        count, after = 0, ""
        passed_over: dict[str, int] = {}
        while after is not None and count < AT_ONCE:
            found, further = portion(letters, after)
            try:
                done = requeue(found, request.user.get_username())
            except TransportFull as full:
                self.message_user(request, f"Not all could be requeued: {full}", messages.ERROR)
                break
            count += done.requeued
            for why, number in done.passed_over.items():
                passed_over[why] = passed_over.get(why, 0) + number
            if further is None:
                break
            after = further
        else:
            self.message_user(request, "There are more: press again when these are processed.", messages.WARNING)
        self.message_user(request, f"{count} requeued: their redacted payloads, nothing else was kept.")
        for why, number in passed_over.items():
            self.message_user(request, f"{number} not requeued: {why}", messages.WARNING)

    def try_view(self, request: HttpRequest, id: str) -> HttpResponse:
        """What today's code makes of it; with POST, of an edited payload, which may then be requeued."""
        letter = get_object_or_404(DeadLetter, pk=id)
        if not self.has_view_permission(request, letter):
            raise PermissionDenied
        payload = request.POST.get("payload", letter.payload)
        if request.method == "POST" and "requeue" in request.POST:
            return self.requeue_edited(request, letter, payload)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Try {letter.id}",
            "opts": self.model._meta,
            "letter": letter,
            "payload": payload,
            "may_requeue": may_requeue(request.user),
            **outcome(letter, payload),
        }
        return TemplateResponse(request, "admin/ingest/deadletter/try.html", context)

    def requeue_edited(self, request: HttpRequest, letter: DeadLetter, payload: str) -> HttpResponse:
        if not may_requeue(request.user):
            raise PermissionDenied
        try:
            done = requeue([letter], request.user.get_username(), payload)
        except TransportFull as full:
            self.message_user(request, f"Not requeued: {full}", messages.ERROR)
        else:
            said: Iterable[str] = done.passed_over or ["Requeued; the worker says in a moment what became of it."]
            self.message_user(request, " ".join(said))
        return HttpResponseRedirect(reverse("admin:ingest_deadletter_changelist"))


def outcome(letter: DeadLetter, payload: str) -> dict[str, Any]:
    try:
        tried = shown(attempt(letter, payload))
    except NotRequeued as why:
        return {"not_requeued": str(why)}
    records = [msgspec.json.format(msgspec.json.encode(record), indent=2).decode() for record in tried["records"]]
    return {"records": records, "rejected": tried["rejected"]}
