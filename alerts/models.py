"""Rules, the issue catalogue, alerts and their transitions."""

import uuid
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from alerts.rules import RULE_TYPES, RuleSpec, check

SEVERITIES = ("error", "warn", "info")
STATUSES = ("open", "acknowledged", "snoozed", "resolved")
KINDS = ("opened", "repeated", "acknowledged", "assigned", "snoozed", "resolved", "reopened", "commented")
SIGNALS = ("logs", "spans", "metrics")


def pairs(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


# As callables, so that a new choice is no migration.
def severity_choices() -> list[tuple[str, str]]:
    return pairs(SEVERITIES)


def status_choices() -> list[tuple[str, str]]:
    return pairs(STATUSES)


def signal_choices() -> list[tuple[str, str]]:
    return pairs(SIGNALS)


def type_choices() -> list[tuple[str, str]]:
    return pairs(tuple(RULE_TYPES))


class Counter(models.Model):
    """Numbers handed out one by one. ``transitions``: taken as a transaction's last statement, so that its row lock
    makes the order of the numbers the order of the commits, and a reader that asks for all above the last one it saw
    misses none. ``rules``: raised with every change of a rule or issue, so that workers know when to load them."""

    name = models.CharField(max_length=30, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"

    @classmethod
    def take(cls, name: str, count: int = 1) -> int:
        """Raise by ``count`` and give the first of the numbers taken. To be called in a transaction."""
        raised = (
            f"INSERT INTO {cls._meta.db_table} (name, value) VALUES (%s, %s)"  # noqa: S608 - our own table's name
            f" ON CONFLICT (name) DO UPDATE SET value = {cls._meta.db_table}.value + excluded.value"
        )
        with connection.cursor() as cursor:
            cursor.execute(raised, [name, count])
        last: int = cls.objects.values_list("value", flat=True).get(name=name)
        return last - count + 1

    @classmethod
    def current(cls, name: str) -> int:
        return cls.objects.filter(name=name).values_list("value", flat=True).first() or 0


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
    version = models.PositiveIntegerField(default=0, editable=False)
    edited = models.BooleanField(default=False, editable=False, help_text="Changed by a person: load_rules keeps it.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Every change is a new version, kept as it was, and reaches running workers through the counter."""
        with transaction.atomic():
            self.version += 1
            super().save(*args, **kwargs)
            RuleVersion.objects.create(rule=self, version=self.version, spec=msgspec.to_builtins(self.spec()))
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
        )


class RuleVersion(models.Model):
    """What a rule was when it fired."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rule", "version"), name="rule_version_unique"),)

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.version}"


class RuleWindow(models.Model):
    """The buckets of one rule and group, and where their judgement stands: see alerts/episodes.py.

    ``wake_at`` is the watermark (nanoseconds) at which something happens without a further record."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    rule_slug = models.CharField(max_length=100)
    axis = models.CharField(max_length=20)
    state = models.TextField()
    wake_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = (models.Index(fields=("axis", "wake_at"), name="rule_window_wake"),)

    def __str__(self) -> str:
        return f"{self.rule_slug} {self.fingerprint[:8]}"


class Alert(models.Model):
    """One problem: a rule and a group, from opened to resolved. Written only by lifecycle.py."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fingerprint = models.CharField(max_length=64)
    rule_slug = models.CharField(max_length=100)
    rule_version = models.PositiveIntegerField()
    group = models.JSONField(default=dict)
    service = models.CharField(max_length=200, blank=True)
    issue_code = models.CharField(max_length=100)
    severity = models.CharField(max_length=10, choices=severity_choices)
    message = models.TextField()
    suggested_fix = models.TextField(blank=True)
    confidence = models.FloatField(default=0.9)
    automation_action = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=15, choices=status_choices, default="open")
    count = models.BigIntegerField(default=0)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150, default="system")
    resolved_at = models.DateTimeField(null=True)
    # when it cleared by the rule's own time; a return within the rule's reopen_within reopens this alert
    cleared_at = models.DateTimeField(null=True)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    episode = models.PositiveIntegerField(default=1)
    previous = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    related_trace_id = models.CharField(max_length=32, null=True)  # noqa: DJ001
    related_logs = models.JSONField(default=list)
    evidence = models.JSONField(default=dict)
    seq = models.BigIntegerField(default=0, db_index=True)

    class Meta:
        db_table = "alerts"
        constraints = (
            models.UniqueConstraint(
                fields=("fingerprint",), condition=~models.Q(status="resolved"), name="alert_one_unresolved"
            ),
        )
        indexes = (
            models.Index(fields=("status", "-last_seen"), name="alerts_status"),
            models.Index(fields=("fingerprint", "-episode"), name="alerts_fingerprint"),
            models.Index(fields=("-last_seen", "id"), name="alerts_last_seen"),
        )
        permissions = (("act_on_alert", "Can acknowledge, resolve, reopen and comment"),)

    def __str__(self) -> str:
        return f"{self.issue_code} {self.service} ({self.status})"


class Transition(models.Model):
    """One change of an alert: who, when, why. This row is also the queue of everything that tells others."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField(unique=True)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="transitions")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    event_at = models.DateTimeField(null=True, help_text="The rule's own time of what happened.")
    by = models.CharField(max_length=150, default="system")
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ("seq",)

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
