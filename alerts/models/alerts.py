"""Alerts and their transitions."""

import uuid

from django.conf import settings
from django.db import models

from alerts.models.choices import severity_choices, status_choices, verdict_choices


class Alert(models.Model):
    """One problem: a rule and a group, from opened to resolved. Written only by alerts/lifecycle."""

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
    # a snoozed alert wakes at this time, or when its count is there, whichever is set
    snoozed_until = models.DateTimeField(null=True)
    snoozed_count = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=10, blank=True, choices=verdict_choices)
    episode = models.PositiveIntegerField(default=1)
    previous = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    # the alert that counts and tells what this one's group does from now on; it itself is resolved
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged", db_index=False)
    absorbed = models.BigIntegerField(default=0, help_text="How much of the count came from alerts merged into it.")
    related_trace_id = models.CharField(max_length=32, null=True)  # noqa: DJ001
    related_logs = models.JSONField(default=list)
    evidence = models.JSONField(default=dict)
    # the mute that keeps it quiet now, as alerts/mutes/judge.py names it; empty if none does
    muted_by = models.CharField(max_length=60, blank=True, default="")
    ticket = models.JSONField(null=True, help_text="key, url and status of its ticket.")
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
            models.Index(fields=("rule_slug", "rule_version"), name="alerts_by_rule"),
            models.Index(
                fields=("related_trace_id",),
                condition=models.Q(related_trace_id__isnull=False),
                name="alerts_by_trace",
            ),
            models.Index(
                fields=("merged_into",), condition=models.Q(merged_into__isnull=False), name="alerts_merged_into"
            ),
            models.Index(
                fields=("snoozed_until",), condition=models.Q(snoozed_until__isnull=False), name="alerts_snoozed"
            ),
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
    muted_by = models.CharField(max_length=60, blank=True, default="", help_text="What kept it from being told.")

    class Meta:
        ordering = ("seq",)

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
