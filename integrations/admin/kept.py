"""What the admin of destinations, routes and actions shares: each change is noted with what it was before."""

from typing import Any, cast

from django.forms import Media
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from integrations import history


class KeptAdmin(ModelAdmin):  # type: ignore[misc]
    warn_unsaved_form = True

    @property
    def media(self) -> Media:
        return cast(Media, super().media) + Media(css={"all": ["admin/rule.css"]})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.was = history.state(self.model._default_manager.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        if add or form.was is None:
            return "made in the admin"
        return history.changes(form.was, history.state(self.model._default_manager.get(pk=form.instance.pk)))
