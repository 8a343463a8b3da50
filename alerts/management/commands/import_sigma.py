"""Brings Sigma rules into the database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.core.management import BaseCommand, CommandError, CommandParser

from alerts.rule_import import MAPPING, import_sigma, read_mapping
from alerts.rule_load import OUTCOMES, Fate, Way, counts


class Command(BaseCommand):
    help = "Import Sigma rules from a file or a folder of files. docs/sigma.md says what can be expressed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would become of each")
        parser.add_argument("--overwrite", action="store_true", help="also rules that a person has edited since")
        parser.add_argument("--mapping", type=Path, default=MAPPING, help=f"fields and logsources; default: {MAPPING}")

    def handle(self, *args: Any, path: Path, mapping: Path, **options: Any) -> None:
        way = Way(note=f"Sigma, from {path.name}", overwrite=options["overwrite"], dry_run=options["dry_run"])
        try:
            found = import_sigma(texts(path), way, read_mapping(mapping))
        except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
            raise CommandError(f"nothing imported: {error}") from error
        for fate in found.fates:
            self.stdout.write(line(fate))
        told = counts(found.fates, "rule")
        self.stdout.write(", ".join(f"{told[outcome]} {outcome}" for outcome in OUTCOMES))
        if not found.applied:
            self.stdout.write("nothing was changed: this was a dry run")


def texts(path: Path) -> Iterator[tuple[str, str]]:
    inside = sorted(each for each in path.rglob("*") if each.suffix in (".yml", ".yaml")) if path.is_dir() else [path]
    for each in inside:
        yield str(each), each.read_text()


def line(fate: Fate) -> str:
    told = [fate.reason, *(f"note: {note}" for note in fate.notes)]
    return f"{fate.outcome:9} {fate.name}" + "".join(f"\n          {text}" for text in told if text)
