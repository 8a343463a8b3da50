from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        post_migrate.connect(restore_roles, sender=self)


def restore_roles(using: str, **kwargs: Any) -> None:
    """A database that was emptied (flush) gets its roles back."""
    from accounts.roles import make_roles

    make_roles(apps, using)
