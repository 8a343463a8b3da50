"""The admin page that shows a new secret, once: on the answer itself, never in a message, a cookie or a log."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse


def show_once(model_admin: Any, request: HttpRequest, obj: Any, use: str) -> HttpResponse:
    """``use`` says how the secret is sent, with {secret} in its place; the secret is on ``request.shown_once``."""
    secret: str = request.shown_once  # type: ignore[attr-defined]
    options = obj._meta
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"New {options.verbose_name}: {obj.name}",
        "opts": options,
        "secret": secret,
        "use": use.format(secret=secret),
        "back": reverse(f"admin:{options.app_label}_{options.model_name}_changelist"),
    }
    response = TemplateResponse(request, "admin/secret_shown.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
