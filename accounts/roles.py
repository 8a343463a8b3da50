"""The roles: three groups, each with all that the one before it may, and more."""

from typing import Any

from django.contrib.auth.management import create_permissions
from django.db import router

VIEWER = (
    "alerts.view_alert",
    "alerts.view_transition",
    "alerts.view_rule",
    "alerts.view_ruleversion",
    "alerts.view_issuecode",
    "ingest.view_deadletter",
)
RESPONDER = (*VIEWER, "alerts.act_on_alert")
MANAGER = (
    *RESPONDER,
    *(f"alerts.{verb}_rule" for verb in ("add", "change", "delete")),
    *(f"alerts.{verb}_issuecode" for verb in ("add", "change")),
    "ingest.change_deadletter",
    *(f"ingest.{verb}_ingestkey" for verb in ("add", "change", "view")),
    *(f"accounts.{verb}_apitoken" for verb in ("add", "change", "view", "delete")),
)
ROLES: dict[str, tuple[str, ...]] = {"viewer": VIEWER, "responder": RESPONDER, "manager": MANAGER}


def make_roles(apps: Any, using: str = "default") -> None:
    """Make the groups that are missing. One that exists stays as an admin left it."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    if not router.allow_migrate_model(using, Group):
        return
    missing = {
        role: names for role, names in ROLES.items() if not Group.objects.using(using).filter(name=role).exists()
    }
    if not missing:
        return
    make_permissions(apps, using)
    for role, names in missing.items():
        group = Group.objects.using(using).create(name=role)
        group.permissions.set([permission(Permission.objects.using(using), name) for name in names])


def permission(permissions: Any, name: str) -> Any:
    app, codename = name.split(".")
    return permissions.get(content_type__app_label=app, codename=codename)


def make_permissions(apps: Any, using: str) -> None:
    """Django makes them only after all migrations have run; the groups need them before."""
    for label in sorted({name.split(".")[0] for name in MANAGER}):
        config = apps.get_app_config(label)
        # inside a migration an app has no models module, and create_permissions would pass it by
        models_module = getattr(config, "models_module", None)
        config.models_module = models_module or True
        create_permissions(config, apps=apps, using=using, verbosity=0)
        config.models_module = models_module
