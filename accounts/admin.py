"""People, roles and API tokens."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import ApiToken
from accounts.secret_page import show_once
from telemetry.secrets import new_secret

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ModelAdmin):  # type: ignore[misc]
    pass


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):  # type: ignore[misc]
    """A token acts with its user's rights, so only a superuser may make one for somebody else."""

    list_display = ("name", "user", "prefix", "scope", "created_at", "last_used_at", "expires_at", "state")
    list_filter = ("scope",)
    search_fields = ("name", "user__username")
    readonly_fields = ("prefix", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"active": "success", "expired": "warning", "revoked": "danger"}
    )
    def state(self, token: ApiToken) -> str:
        if token.revoked_at:
            return "revoked"
        return "expired" if token.expires_at and token.expires_at <= timezone.now() else "active"

    @admin.action(description="Revoke: programs with this token are refused at once", permissions=["change"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        active = list(tokens.filter(revoked_at=None))
        for token in active:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            self.log_change(request, token, "revoked")
        self.message_user(request, ngettext("%d token revoked.", "%d tokens revoked.", len(active)) % len(active))

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        shown = self.readonly_fields if obj else ()
        owner = ("user",) if is_superuser(request) else ()
        return ("name", *owner, "scope", "expires_at", *shown)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        # what a secret may is said when it is made: whoever holds it should not be able to do more one day
        return (*self.readonly_fields, "user", "scope") if obj else self.readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        tokens = cast(QuerySet[ApiToken], super().get_queryset(request))
        return tokens if is_superuser(request) else tokens.filter(user=cast(User, request.user))

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if not change:
            if not is_superuser(request):
                obj.user = cast(User, request.user)
            form.secret, obj.prefix, obj.digest = new_secret("slt")
            request.shown_once = form.secret  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        return show_once(self, request, obj, use="Authorization: Bearer {secret}")


def is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
