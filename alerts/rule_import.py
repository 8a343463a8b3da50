"""Rules from outside: a file of ours, or Sigma. What is refused has a reason; a dry run tells what would be."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings

from alerts import sigma
from alerts.models import IssueCode, Rule
from alerts.rule_load import Fate, Way, load, refused
from alerts.rulefile import parsed

MAPPING = Path(settings.BASE_DIR) / "config" / "sigma" / "mapping.json"


class Imported(msgspec.Struct):
    """``applied``: it is in the database now."""

    applied: bool
    fates: list[Fate]


def import_file(raw: Any, way: Way) -> Imported:
    """All of the file or nothing: half a file is a state that nobody wrote."""
    file, refusals = parsed(raw, IssueCode.objects.values_list("code", flat=True))
    wrong = [refused(refusal) for refusal in refusals]
    fates = load(file, msgspec.structs.replace(way, dry_run=way.dry_run or bool(wrong)))
    return Imported(not (way.dry_run or wrong), wrong + fates)


def import_sigma(texts: Iterable[tuple[str, str]], way: Way, mapping: sigma.Mapping | None = None) -> Imported:
    """``texts``: name and YAML. Each rule that can be expressed; the others are refused one by one."""
    documents, wrong = read(texts)
    found = list(sigma.converted(documents, mapping or default_mapping()))
    wrong += [Fate("rule", each.title, "refused", each.reason) for each in found if each.entry is None]
    known = slugs_by_id()
    rules = [each.entry | {"slug": known.get(id_of(each.entry), each.entry["slug"])} for each in found if each.entry]
    file, refusals = parsed({"issues": [], "rules": rules})
    fates = load(file, way)
    notes = {rule["slug"]: each.notes for rule, each in zip(rules, (e for e in found if e.entry), strict=True)}
    for fate in fates:
        fate.notes = notes[fate.name]
    return Imported(not way.dry_run, wrong + [refused(refusal) for refusal in refusals] + fates)


def read(texts: Iterable[tuple[str, str]]) -> tuple[list[dict[str, Any]], list[Fate]]:
    documents: list[dict[str, Any]] = []
    wrong: list[Fate] = []
    for name, text in texts:
        try:
            documents += list(sigma.documents(text))
        except sigma.Refused as error:
            wrong.append(Fate("file", name, "refused", str(error)))
    return documents, wrong


def id_of(entry: dict[str, Any]) -> str:
    return str(entry["origin"].get("id", ""))


def slugs_by_id() -> dict[str, str]:
    """A rule that is imported again is known by its id, also when its title is another now."""
    found = Rule.objects.filter(origin__format="sigma").values_list("origin__id", "slug")
    return {identity: slug for identity, slug in found if identity}


@cache
def default_mapping() -> sigma.Mapping:
    return read_mapping(MAPPING)


def read_mapping(path: Path) -> sigma.Mapping:
    """Raises OSError and msgspec.DecodeError (which ValidationError is)."""
    return msgspec.json.decode(path.read_bytes(), type=sigma.Mapping)
