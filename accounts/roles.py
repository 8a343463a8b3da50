"""The roles: three groups, each with all that the one before it may, and more."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.management import create_permissions
from django.db import router
from django.db.models import Q

MUTES = ("silence", "maintenance", "inhibition")
VIEWER = (
    "alerts.view_alert",
    "alerts.view_transition",
    "alerts.view_rule",
    "alerts.view_ruleversion",
    "alerts.view_issuecode",
    *(f"alerts.view_{mute}" for mute in MUTES),
    "ingest.view_deadletter",
    *(f"integrations.view_{name}" for name in ("destination", "route", "delivery", "action", "actionrun")),
)
RESPONDER = (
    *VIEWER,
    "alerts.act_on_alert",
    "integrations.redeliver_delivery",
    "integrations.approve_actionrun",
)
MANAGER = (
    *RESPONDER,
    *(f"alerts.{verb}_rule" for verb in ("add", "change", "delete")),
    *(f"alerts.{verb}_issuecode" for verb in ("add", "change")),
    *(f"alerts.{verb}_{mute}" for mute in MUTES for verb in ("add", "change", "delete")),
    "ingest.change_deadletter",
    *(
        f"integrations.{verb}_{name}"
        for name in ("destination", "route", "action")
        for verb in ("add", "change", "delete")
    ),
    *(f"ingest.{verb}_ingestkey" for verb in ("add", "change", "view")),
    *(f"ingest.{verb}_offset" for verb in ("change", "view")),
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
        group.permissions.set(known(Permission.objects.using(using), names))


def grant(apps: Any, names: Iterable[str], using: str = "default") -> None:
    """Give each role those of these permissions that are its own: for a migration that comes with new models."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    if not router.allow_migrate_model(using, Group):
        return
    make_permissions(apps, using)
    for group in Group.objects.using(using).filter(name__in=list(ROLES)):
        group.permissions.add(*known(Permission.objects.using(using), set(names) & set(ROLES[group.name])))


def known(permissions: Any, names: Iterable[str]) -> list[Any]:
    """Those that there are: a migration may run before the models of a later one."""
    wanted = Q(pk__in=[])
    for name in names:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(permissions.filter(wanted))


def make_permissions(apps: Any, using: str) -> None:
    """Django makes them only after all migrations have run; the groups need them before. An app whose migrations come
    later isn't there yet."""
    there = {config.label for config in apps.get_app_configs()}
    for label in sorted({name.split(".")[0] for name in MANAGER} & there):
        config = apps.get_app_config(label)
        # inside a migration an app has no models module, and create_permissions would pass it by
        models_module = getattr(config, "models_module", None)
        config.models_module = models_module or True
        create_permissions(config, apps=apps, using=using, verbosity=0)
        config.models_module = models_module
