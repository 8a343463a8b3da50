"""Plays a rule over stored history, and says what a draft of it would change. Ctrl-C ends it early."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from alerts.api.replay_shapes import ReplayRequest, draft_of
from alerts.models import Rule
from alerts.played import Played, Side, span
from alerts.rehearsal import Rehearsal, rehearse
from alerts.rules import check
from alerts.timeline import line
from search.api.problems import as_fields, flat, sentence

BACK = re.compile(r"(\d+)([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SHOWN = 20  # alerts of each kind that are listed
LOOK = 0.2  # seconds between two looks at how far it is


class Command(BaseCommand):
    help = "What a rule would have done over stored history. Nothing is written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--since", required=True, help="2026-01-31, 2026-01-31T12:00:00Z, or 90m, 24h, 7d ago")
        parser.add_argument("--until", default="", help="now if left out")
        parser.add_argument("--draft", type=Path, help="JSON: the fields of the rule that would be other")

    def handle(self, *args: Any, slug: str, since: str, until: str, draft: Path | None, **options: Any) -> None:
        now = timezone.now()
        rule = Rule.objects.filter(slug=slug).select_related("issue").first()
        if rule is None:
            raise CommandError(f"there is no rule {slug!r}")
        if errors := check(rule.spec()):
            raise CommandError(f"the rule can't be judged: {errors}")
        begin, end = moment(since, now), moment(until, now) if until else now
        changed = self.draft(rule, draft, begin, end)
        played = rehearse(rule, changed, begin, end if end < now else None, self.progress())
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
        self.tell(rule, played, changed is not None)

    def draft(self, rule: Rule, file: Path | None, since: datetime, until: datetime) -> Rule | None:
        try:
            fields = json.loads(file.read_text()) if file else None
            asked = ReplayRequest(data={"since": since, "until": until, "draft": fields})
            asked.is_valid(raise_exception=True)
            return draft_of(rule, asked.validated_data.get("draft"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{file}: {error}") from error
        except ValidationError as error:
            found = {name: flat(value) for name, value in as_fields(error.detail).items()}
            raise CommandError(sentence(found)) from error

    def progress(self) -> Any:
        """A bar where somebody looks, a line every tenth where it is written down."""
        last, told = 0.0, 0

        def watch(done: int, total: int) -> bool:
            nonlocal last, told
            share = done / total if total else 1.0
            if self.stderr.isatty() and (time.monotonic() - last >= LOOK or done == total):
                last = time.monotonic()
                self.stderr.write(f"\r{'█' * int(40 * share):<40} {share:4.0%} {done:,} of {total:,}", ending="")
                self.stderr.flush()
            elif not self.stderr.isatty() and int(10 * share) > told:
                told = int(10 * share)
                self.stderr.write(f"{share:4.0%} {done:,} of {total:,} records")
            return True

        return watch

    def tell(self, rule: Rule, played: Rehearsal, drafted: bool) -> None:
        times = f"{played.since:%Y-%m-%d %H:%M:%S} to {played.until:%Y-%m-%d %H:%M:%S %Z}"
        self.stdout.write(f"{rule.slug} version {rule.version}, {times}")
        sides = [("running", played.running), ("draft", played.draft)] if drafted else [("rule", played.draft)]
        for name, side in sides:
            self.stdout.write(f"{name:>8} |{self.plot(side, played)}| {summed(side)}")
        if drafted:
            self.list("added by the draft", "+", played.added, played)
            self.list("removed by the draft", "-", played.removed, played)
        else:
            self.list("alerts", " ", played.draft.alerts, played)
        rate = played.records / played.seconds if played.seconds else 0
        self.stdout.write(f"{played.records:,} records in {played.seconds:.1f} s ({rate:,.0f} a second)")

    def plot(self, side: Side, played: Rehearsal) -> str:
        return line([span(one, played.until) for one in side.alerts], played.since, played.until)

    def list(self, title: str, sign: str, alerts: list[Played], played: Rehearsal) -> None:
        self.stdout.write(f"{title}: {len(alerts)}")
        for one in alerts[:SHOWN]:
            start, end = span(one, played.until)
            over = f"{end:%H:%M:%S}" if one.ended else "still open"
            group = ", ".join(f"{name} {value}" for name, value in one.alert.group.items()) or "all"
            what = f"{one.alert.severity:5} ×{one.alert.count:<6} {group}"
            self.stdout.write(f"{sign} {start:%Y-%m-%d %H:%M:%S} – {over:10}  {what}")
        if len(alerts) > SHOWN:
            self.stdout.write(f"  and {len(alerts) - SHOWN} more")


def summed(side: Side) -> str:
    late = f", {side.late:,} came too late" if side.late else ""
    return f"{len(side.alerts)} alerts, {side.notifications} notifications, {side.matched:,} matches{late}"


def moment(text: str, now: datetime) -> datetime:
    if back := BACK.fullmatch(text):
        return now - timedelta(**{UNITS[back[2]]: int(back[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"not a time: {text!r}; as 2026-01-31T12:00:00Z, or 24h for as long ago") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
