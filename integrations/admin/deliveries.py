"""Deliveries in the admin: what waits, what was told and how, what was given up, and once more by hand."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from integrations.delivery.redeliver import MOST, redeliver
from integrations.models import Attempt, Delivery

COLOURS = {"waiting": "info", "told": "success", "muted": "warning", "given up": "danger"}


class Attempts(TabularInline):  # type: ignore[misc]
    model = Attempt
    fields = readonly_fields = ("at", "outcome", "seconds", "words")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("integrations.view_delivery"))


@admin.register(Delivery)
class DeliveryAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("planned_at", "destination", "alert", "what", "shown_state", "next_try", "tries", "last_words")
    list_filter = ("state", "destination")
    list_select_related = ("destination", "alert", "transition", "thread", "thread__route")
    search_fields = ("alert__message", "alert__service", "alert__issue_code")
    ordering = ("-id",)
    actions = ("redeliver",)
    inlines = (Attempts,)
    fields = readonly_fields = (
        *("destination", "alert", "what", "shown_state", "next_try", "tries", "repeat", "route", "group"),
        *("planned_at", "settled_at", "notice"),
    )
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_redeliver_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.has_perm("integrations.redeliver_delivery")

    @display(description="What happened")  # type: ignore[untyped-decorator]
    def what(self, delivery: Delivery) -> str:
        return f"{delivery.transition.kind}{f', said again ({delivery.repeat})' if delivery.repeat else ''}"

    @display(description="State", label=COLOURS)  # type: ignore[untyped-decorator]
    def shown_state(self, delivery: Delivery) -> str:
        return delivery.state.replace("_", " ")

    @display(description="Next try", empty_value="–")  # type: ignore[untyped-decorator]
    def next_try(self, delivery: Delivery) -> Any:
        return delivery.thread.due_at if delivery.state == "waiting" else None

    @display(description="Failed tries")  # type: ignore[untyped-decorator]
    def tries(self, delivery: Delivery) -> int:
        return delivery.attempts.exclude(outcome="told").count()

    @display(description="Last answer", empty_value="–")  # type: ignore[untyped-decorator]
    def last_words(self, delivery: Delivery) -> str | None:
        last = delivery.attempts.order_by("-id").first()
        return last.words if last else None

    @display(description="Route", empty_value="deleted")  # type: ignore[untyped-decorator]
    def route(self, delivery: Delivery) -> Any:
        return delivery.thread.route

    @display(description="Group")  # type: ignore[untyped-decorator]
    def group(self, delivery: Delivery) -> str:
        return str(delivery.thread)

    @admin.action(description="Tell once more", permissions=["redeliver"])
    def redeliver(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        count = redeliver(rows.order_by("id").values_list("pk", flat=True)[:MOST])
        self.message_user(request, f"{count} will be told once more; what still waits is left alone.")
