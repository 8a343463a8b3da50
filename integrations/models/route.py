"""A route: which alerts go to which destinations, together with which others, and when."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from alerts.models import KINDS, SEVERITIES
from alerts.models.mutes import refuse_wrong_queries, wrong_fields
from alerts.mutes.maintenance import known_zone
from integrations.models.destination import Destination
from integrations.routes.hours import HoursError, parse_hours
from integrations.routes.timing import Times
from integrations.routes.where import RouteSpec

LONGEST_SECONDS = 31 * 86_400


def rule_and_service() -> list[str]:
    return ["rule", "service"]


def seconds(default: int, **more: Any) -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(default=default, validators=[MaxValueValidator(LONGEST_SECONDS)], **more)


class Route(models.Model):
    """Routes are tried in the order of their ``position``; the first that an alert meets takes it, and those behind it
    only if it ``goes_on``. The ``fallback`` has what no other took."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=100, help_text="Routes are tried in this order, the lowest first.")
    enabled = models.BooleanField(default=True)
    fallback = models.BooleanField("default route", default=False, help_text="Takes what no other route has taken.")
    query = models.TextField(max_length=4000, blank=True, help_text="For example: service:checkout. Empty for all.")
    severities = models.JSONField(default=list, blank=True, help_text="Such as error, warn; empty for all.")
    services = models.JSONField(default=list, blank=True, help_text="Their names; empty for all.")
    hours = models.TextField(max_length=1000, blank=True, help_text="A line each: mon-fri 09:00-17:00. Empty: always.")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Such as Europe/Berlin.")
    goes_on = models.BooleanField("continue", default=False, help_text="Routes behind this one are tried too.")
    destinations = models.ManyToManyField(Destination, related_name="routes", blank=True)
    group_by = models.JSONField(
        default=rule_and_service,
        blank=True,
        help_text="Alerts with the same values are told together: rule, service, group.host. id: each by itself.",
    )
    group_wait = seconds(2, help_text="Seconds that the first notice of a group waits for others.")
    group_interval = seconds(60, help_text="Seconds between two notices of a group.")
    repeat_interval = seconds(14_400, help_text="Seconds until what nobody acknowledged is told again; 0: never.")
    send_resolved = models.BooleanField(default=True, help_text="Say also that it is over.")
    tells = models.JSONField(
        default=list,
        blank=True,
        help_text="Kinds of transitions that call for a notice; empty for those that the destination wants.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "route"
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=("fallback",), condition=models.Q(fallback=True), name="route_one_fallback"),
        )
        indexes = (models.Index(fields=("position", "id"), name="route_order"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        refuse_wrong_queries(query=self.query)
        wrong = {
            "severities": wrong_names(self.severities, SEVERITIES),
            "services": wrong_names(self.services),
            "group_by": wrong_fields(self.group_by),
            "tells": wrong_names(self.tells, KINDS),
            "time_zone": "" if known_zone(self.time_zone) else f"no time zone {self.time_zone!r}",
            "hours": wrong_hours(self.hours),
        }
        if found := {name: text for name, text in wrong.items() if text}:
            raise ValidationError(found)

    def times(self) -> Times:
        return Times(self.group_wait, self.group_interval, self.repeat_interval)

    def spec(self) -> RouteSpec:
        """With the enabled destinations, by their slugs."""
        return RouteSpec(
            id=self.pk or 0,
            slug=self.slug,
            name=self.name,
            fallback=self.fallback,
            query=self.query,
            severities=tuple(self.severities),
            services=tuple(self.services),
            hours=parse_hours(self.hours),
            zone=self.time_zone,
            goes_on=self.goes_on,
            destinations=tuple(one.slug for one in self.destinations.all() if one.enabled) if self.pk else (),
            group_by=tuple(self.group_by),
        )


def wrong_names(names: Any, known: tuple[str, ...] = ()) -> str:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return "must be a list of names"
    unknown = [name for name in names if known and name not in known]
    return f"{unknown[0]!r} is none of {', '.join(known)}" if unknown else ""


def wrong_hours(text: str) -> str:
    try:
        parse_hours(text)
    except HoursError as error:
        return str(error)
    return ""
