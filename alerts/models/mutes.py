"""What mutes alerts: silences, maintenance windows, inhibitions."""

import uuid
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Least
from django.utils import timezone

from alerts.mutes.inhibition import InhibitionSpec
from alerts.mutes.maintenance import MaintenanceSpec, known_zone, wrong_recurrence
from alerts.mutes.silences import SilenceSpec
from query import QueryError, matcher
from query.fields import SCHEMAS

QUERY_HELP = "For example: service:checkout AND severity:warn"
LONGEST_MINUTES = 31 * 24 * 60


def in_an_hour() -> datetime:
    return timezone.now() + timedelta(hours=1)


def service() -> list[str]:
    return ["service"]


def refuse_wrong_queries(**queries: str) -> None:
    errors = {}
    for name, text in queries.items():
        try:
            matcher(text, "alerts")
        except QueryError as error:
            errors[name] = str(error)
    if errors:
        raise ValidationError(errors)


class Silence(models.Model):
    """Alerts that meet the query are muted from a time to a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    query = models.TextField(max_length=4000, help_text=QUERY_HELP)
    reason = models.CharField(max_length=500)
    author = models.CharField(max_length=150, editable=False)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(default=in_an_hour)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-ends_at", "id")
        indexes = (models.Index(fields=("ends_at",), name="silence_ends"),)

    def __str__(self) -> str:
        return f"{self.author}: {self.reason}"

    def clean(self) -> None:
        refuse_wrong_queries(query=self.query)
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "must be after the start"})

    def state(self, now: datetime) -> str:
        return "pending" if now < self.starts_at else "active" if now < self.ends_at else "ended"

    def end(self, now: datetime) -> bool:
        """End it now, or take it back if it has not begun; whether it hadn't ended already."""
        going = Silence.objects.filter(pk=self.pk, ends_at__gt=now)
        return bool(going.update(ends_at=now, starts_at=Least("starts_at", models.Value(now))))

    def spec(self) -> SilenceSpec:
        return SilenceSpec(str(self.id), self.query, self.starts_at, self.ends_at)


class Maintenance(models.Model):
    """Alerts that meet the query are muted at times that come again, as the clocks of a place show them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    enabled = models.BooleanField(default=True)
    query = models.TextField(max_length=4000, help_text=QUERY_HELP)
    reason = models.CharField(max_length=500, blank=True)
    author = models.CharField(max_length=150, editable=False)
    first_day = models.DateField(help_text="The first day on which it begins.")
    begins = models.TimeField(default=time(22), help_text="By the clock on the wall of the zone.")
    minutes = models.PositiveIntegerField(
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MINUTES)],
        help_text="How long the clock on the wall goes on until it ends.",
    )
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Such as Europe/Berlin.")
    recurrence = models.CharField(
        max_length=300, blank=True, help_text="An RRULE such as FREQ=WEEKLY;BYDAY=SU; empty for once."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = "maintenance window"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        refuse_wrong_queries(query=self.query)
        if not known_zone(self.time_zone):
            raise ValidationError({"time_zone": f"no time zone {self.time_zone!r}"})
        if self.first_day and not 2000 <= self.first_day.year <= 2100:
            raise ValidationError({"first_day": "must be between 2000 and 2100"})
        if self.first_day and self.begins and (wrong := wrong_recurrence(self.spec())):
            raise ValidationError({"recurrence": wrong})

    def spec(self) -> MaintenanceSpec:
        first = datetime.combine(self.first_day, self.begins).replace(second=0, microsecond=0, tzinfo=None)
        return MaintenanceSpec(str(self.id), self.query, first, self.minutes, self.time_zone, self.recurrence)


class Inhibition(models.Model):
    """While an alert that meets the source fires, alerts that meet the target and share its fields are muted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    enabled = models.BooleanField(default=True)
    source = models.TextField(max_length=4000, help_text="Alerts that mute others. For example: rule:database-down")
    target = models.TextField(max_length=4000, help_text="Alerts that are muted. For example: severity:warn")
    equal = models.JSONField(
        default=service, blank=True, help_text="Fields that must be the same in both, such as service or group.host."
    )
    reason = models.CharField(max_length=500, blank=True)
    author = models.CharField(max_length=150, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        refuse_wrong_queries(source=self.source, target=self.target)
        if wrong := wrong_fields(self.equal):
            raise ValidationError({"equal": wrong})

    def spec(self) -> InhibitionSpec:
        return InhibitionSpec(str(self.id), self.source, self.target, tuple(self.equal))


def wrong_fields(names: Any) -> str:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return "must be a list of names"
    unknown = [name for name in names if not SCHEMAS["alerts"].find(name)]
    return f"unknown field {unknown[0]!r}" if unknown else ""
