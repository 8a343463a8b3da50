"""Rules, their versions and windows, and the issue catalogue."""

from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import models, transaction

from alerts.models.choices import severity_choices, signal_choices, type_choices
from alerts.models.counter import Counter
from alerts.rules import RuleSpec, check

BESIDE_SPEC = ("name", "enabled", "severity", "issue_id", "message", "confidence", "origin")


class IssueCode(models.Model):
    """What is known of an error code: what it means and what probably fixes it."""

    code = models.CharField(max_length=100, primary_key=True)
    title = models.CharField(max_length=200)
    suggested_fix = models.TextField(blank=True)
    automation_action = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            Counter.take("rules")


class Rule(models.Model):
    """Which records, judged how, per what, and what the alert says."""

    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    signal = models.CharField(max_length=10, choices=signal_choices, default="logs")
    type = models.CharField(max_length=30, choices=type_choices, default="match")
    query = models.TextField(help_text='For example: level:error AND "connection refused"')
    config = models.JSONField(default=dict, blank=True)
    group_by = models.JSONField(default=list, blank=True)
    severity = models.CharField(max_length=10, choices=severity_choices, default="error")
    issue = models.ForeignKey(IssueCode, null=True, blank=True, on_delete=models.SET_NULL)
    message = models.CharField(max_length=500, blank=True, help_text="What the alert says; the rule's name if empty.")
    confidence = models.FloatField(default=0.9)
    lateness = models.PositiveIntegerField(default=30, help_text="Seconds a record may be late and still be judged.")
    reopen_within = models.PositiveIntegerField(default=3600, help_text="Seconds in which a return reopens the alert.")
    renotify = models.PositiveIntegerField(
        default=0, help_text="Seconds after which what is still open is told again, doubled each time; 0: never."
    )
    severity_steps = models.JSONField(
        default=list,
        blank=True,
        help_text='Values at which the severity rises, for example [[10, "warn"], [50, "error"]].',
    )
    new_per_minute = models.PositiveIntegerField(
        default=100, help_text="New alerts in a minute; one alert counts those above. 0: no limit."
    )
    origin = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Of an imported rule: its format, id, author, references."
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    edited = models.BooleanField(default=False, editable=False, help_text="Changed by a person: load_rules keeps it.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug

    def save(self, *args: Any, by: str = "system", note: str = "", **kwargs: Any) -> None:
        """Every change is a new version, kept as it was, and reaches running workers through the counter."""
        with transaction.atomic():
            self.version += 1
            super().save(*args, **kwargs)
            spec = msgspec.to_builtins(self.spec())
            rest = {name: getattr(self, name) for name in BESIDE_SPEC}
            RuleVersion.objects.create(
                rule=self, version=self.version, spec=spec, rest=rest, author=by[:150], note=note[:300]
            )
            Counter.take("rules")

    def clean(self) -> None:
        errors = check(self.spec())
        if errors:
            raise ValidationError(errors)

    def spec(self) -> RuleSpec:
        """The rule as the pure engine takes it."""
        return RuleSpec(
            slug=self.slug,
            version=self.version,
            signal=self.signal,
            type=self.type,
            query=self.query,
            config=self.config,
            group_by=tuple(self.group_by),
            lateness=self.lateness,
            reopen_within=self.reopen_within,
            renotify=self.renotify,
            severity_steps=tuple((value, severity) for value, severity in self.severity_steps),
            new_per_minute=self.new_per_minute,
        )


class RuleVersion(models.Model):
    """What a rule was when it fired, and who made it so. ``rest``: what the judging needn't know; empty in old ones."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    rest = models.JSONField(default=dict)
    author = models.CharField(max_length=150, default="system")
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rule", "version"), name="rule_version_unique"),)

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.version}"


class RuleWindow(models.Model):
    """The buckets of one rule and group, and where their judgement stands: see alerts/episodes.

    ``wake_at`` is the watermark (nanoseconds) at which something happens without a further record."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    rule_slug = models.CharField(max_length=100)
    axis = models.CharField(max_length=120)
    state = models.TextField()
    wake_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = (models.Index(fields=("axis", "wake_at"), name="rule_window_wake"),)

    def __str__(self) -> str:
        return f"{self.rule_slug} {self.fingerprint[:8]}"
