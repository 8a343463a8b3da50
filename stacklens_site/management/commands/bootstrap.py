"""Prepares the databases, the default rules and the first admin; quick, and changes nothing, when all is there."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from search import partitions
from stacklens_site import env
from stacklens_site.database import why_not

FIRST_ADMIN = "admin"


class Command(BaseCommand):
    help = "Migrate, make topics and indices, load the default rules, make the first admin. Safe at every start."
    requires_system_checks: list[str] = []  # migrate runs the ones that matter here

    def handle(self, *args: Any, **options: Any) -> None:
        for alias in settings.DATABASES:
            let_in(alias)
            if behind(alias):
                self.stdout.write(f"migrating database {alias!r}")
                call_command("migrate", database=alias, interactive=False, verbosity=0)
        partitions.make_ahead(timezone.now().date())
        if settings.KAFKA_BROKERS:
            call_command("create_topics", stdout=self.stdout)
        if settings.ELASTICSEARCH_URL:
            self.setup_search()
        call_command("load_rules", stdout=self.stdout)
        if made := first_admin():
            self.stdout.write(made)

    def setup_search(self) -> None:
        """Not now is no reason not to start: the indexer does it before it writes."""
        try:
            call_command("setup_search", stdout=self.stdout)
        except CommandError as error:
            self.stdout.write(f"{error}; the indexer will do it")


def let_in(alias: str) -> None:
    """Raises CommandError that says which variable is wrong, and what the server says of it."""
    try:
        connections[alias].ensure_connection()
    except OperationalError as error:
        if not settings.DATABASE_URL:
            raise CommandError(f"STACKLENS_DATA_DIR: {settings.DATABASES[alias]['NAME']}: {error}") from error
        why = why_not(settings.DATABASES[alias]) or error
        raise CommandError(f"{settings.DATABASE_VARIABLE}: {why}") from error


def behind(alias: str) -> bool:
    """Whether a database lacks a migration. Much cheaper than a migrate that finds nothing to do."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def first_admin() -> str | None:
    """Make the first admin where there is none, and say how to sign in; a random password is told this once."""
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return None
    given = env.text("STACKLENS_ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    users.create_superuser(FIRST_ADMIN, "", password)
    shown = "from STACKLENS_ADMIN_PASSWORD" if given else f"{password} (shown only this once)"
    return f"first admin made: user {FIRST_ADMIN}, password {shown}"
