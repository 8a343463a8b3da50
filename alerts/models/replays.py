"""Replays that go on in the background."""

import uuid

from django.db import models


class ReplayJob(models.Model):
    """``state``: running, done, stopped or failed. ``beat_at``: when its thread last said how far it is; the thread
    ends with its process. ``result``: as the API shows a replay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule_slug = models.CharField(max_length=100)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = models.CharField(max_length=150)
    state = models.CharField(max_length=10, default="running")
    stop = models.BooleanField(default=False, help_text="Somebody wants it to end.")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(auto_now_add=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=("state", "beat_at"), name="replay_job_state"),)

    def __str__(self) -> str:
        return f"replay of {self.rule_slug} ({self.state})"
