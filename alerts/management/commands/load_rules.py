"""Loads the default rules and issues; safe to run at every start."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from alerts.rule_load import Outcome, counts, load
from alerts.rulefile import WrongFile, read

DEFAULT = Path(settings.BASE_DIR) / "config" / "rules" / "alert-rules.json"


class Command(BaseCommand):
    help = "Load rules and issues from a file. What a person has edited is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=DEFAULT, help=f"default: {DEFAULT.name}")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            fates = load(read(file))
        except WrongFile as error:
            raise CommandError(f"nothing loaded: {error}") from error
        self.stdout.write(f"rules: {told(counts(fates, 'rule'))}; issues: {told(counts(fates, 'issue'))}")
        if kept := [fate.name for fate in fates if fate.outcome == "kept"]:
            self.stdout.write(f"edited by a person and therefore kept: {', '.join(kept)}")


def told(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("added", "changed", "unchanged", "kept"))
