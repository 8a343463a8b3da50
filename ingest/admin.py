"""Keys of senders, and the records that could not be used."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.secret_page import show_once
from ingest import stopped
from ingest.admin_letters import DeadLetterAdmin
from ingest.models import DataGap, DeadLetter, IngestKey, Offset
from telemetry.secrets import new_secret


@admin.register(IngestKey)
class IngestKeyAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("name", "prefix", "default_service", "requests_per_second", "created_at", "state")
    search_fields = ("name", "prefix", "default_service")
    fields = ("name", "default_service", "default_environment", "requests_per_second")
    actions = ("revoke",)

    @display(description="State", label={"active": "success", "revoked": "danger"})  # type: ignore[untyped-decorator]
    def state(self, key: IngestKey) -> str:
        return "revoked" if key.revoked_at else "active"

    def get_fields(self, request: HttpRequest, obj: IngestKey | None = None) -> tuple[str, ...]:
        return (*self.fields, "prefix", "created_at", "revoked_at") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: IngestKey | None = None) -> tuple[str, ...]:
        return ("prefix", "created_at", "revoked_at")

    def has_delete_permission(self, request: HttpRequest, obj: IngestKey | None = None) -> bool:
        return False  # revoked keys stay, so that one can see what a sender used

    def save_model(self, request: HttpRequest, obj: IngestKey, form: Any, change: bool) -> None:
        if not change:
            request.shown_once, obj.prefix, obj.digest = new_secret("slk")  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: IngestKey, post_url_continue: str | None = None) -> HttpResponse:
        return show_once(self, request, obj, use="Authorization: Bearer {secret}")

    @admin.action(description="Revoke: senders with this key are refused within two seconds", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[IngestKey]) -> None:
        active = list(keys.filter(revoked_at=None))
        for key in active:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            self.log_change(request, key, "revoked")
        self.message_user(request, ngettext("%d key revoked.", "%d keys revoked.", len(active)) % len(active))


class LookedAtOnly(ModelAdmin):  # type: ignore[misc]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


admin.site.register(DeadLetter, DeadLetterAdmin)


@admin.register(Offset)
class PartitionAdmin(LookedAtOnly):
    list_display = ("topic", "partition", "next", "incarnation", "stopped")
    ordering = ("topic", "partition")
    actions = ("go_on",)

    def has_go_on_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ingest.change_offset")

    @admin.action(description="Let it go on: its records are counted anew", permissions=["go_on"])
    def go_on(self, request: HttpRequest, rows: QuerySet[Offset]) -> None:
        count = sum(stopped.go_on(row.topic, row.partition, request.user.get_username()) for row in rows)
        self.message_user(
            request, ngettext("%d partition goes", "%d partitions go", count) % count + " on within a second or two."
        )


@admin.register(DataGap)
class DataGapAdmin(LookedAtOnly):
    list_display = ("at", "topic", "partition", "first", "upto")
    ordering = ("-at",)
