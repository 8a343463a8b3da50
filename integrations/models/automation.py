"""Actions, and every time that one was suggested, approved and run."""

import uuid

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from integrations.automation import calls
from integrations.automation.policy import MODES, STATES
from integrations.sealed import reseal, seal, unseal


def kind_choices() -> list[tuple[str, str]]:
    return [("webhook", "webhook: a signed call"), ("command", "command: of manage.py, from the list in the settings")]


def mode_choices() -> list[tuple[str, str]]:
    words = ("shown; a person runs it", "asks for approval", "runs by itself, if sure enough and not too often")
    return [(mode, f"{mode}: {said}") for mode, said in zip(MODES, words, strict=True)]


def state_choices() -> list[tuple[str, str]]:
    return [(state, state.replace("_", " ")) for state in STATES]


class Action(models.Model):
    """What an issue's automation_action names. ``sealed`` is the secret that signs, and never leaves the database."""

    name = models.CharField(max_length=100, unique=True, validators=[RegexValidator(r"^[\w-]+\Z")])
    description = models.CharField(max_length=300, blank=True)
    enabled = models.BooleanField(default=True)
    kind = models.CharField(max_length=10, choices=kind_choices, default="webhook")
    url = models.CharField(max_length=500, blank=True)
    command = models.CharField(max_length=60, blank=True)
    parameters = models.JSONField(
        default=dict, blank=True, help_text='By name a text, for example {"service": "{{ alert.service }}"}.'
    )
    idempotent = models.BooleanField(
        default=False,
        help_text="Done twice it does no harm, or what is called knows a repeat by its webhook-id: "
        "where the outcome is not known it is called again.",
    )
    sealed = models.TextField(blank=True, editable=False)
    mode = models.CharField(max_length=10, choices=mode_choices, default="suggest")
    risky = models.BooleanField(
        default=True, help_text="Never runs by itself; approved by somebody else than who asked for it or changed it."
    )
    min_confidence = models.FloatField(default=0.9, validators=[MinValueValidator(0), MaxValueValidator(1)])
    per_hour = models.PositiveIntegerField(default=3, help_text="How often it may run by itself in an hour.")
    expires_minutes = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(10080)], help_text="For an approval."
    )
    check_minutes = models.PositiveIntegerField(
        default=10, validators=[MaxValueValidator(10080)], help_text="How long its effect is waited for; 0: not at all."
    )
    check_query = models.CharField(
        max_length=2000, default="status:resolved", help_text="What must be true of the alert afterwards."
    )
    changed_by = models.CharField(max_length=150, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "automation_action"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def spec(self) -> calls.Spec:
        return calls.Spec(self.name, self.kind, self.url, self.command, self.parameters)

    def put(self, secret: str) -> None:
        """An empty one leaves what there is."""
        self.sealed = seal(secret) if secret else self.sealed

    def reseal(self) -> None:
        """Under the newest key. Raises Unsealable."""
        self.sealed = reseal(self.sealed) if self.sealed else ""

    def secret(self) -> str:
        """Raises Unsealable."""
        return unseal(self.sealed) if self.sealed else ""

    def clean(self) -> None:
        from integrations.automation.checks import wrong  # which reads the settings

        if errors := wrong(self):
            raise ValidationError(errors)


class ActionRun(models.Model):
    """One call for one episode of an alert, from suggested to its outcome. ``facts``: the alert when the call was made
    up; ``approved_hash``: of the call that was approved, which is the only one that may be made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="runs")
    alert = models.ForeignKey("alerts.Alert", on_delete=models.CASCADE, related_name="action_runs")
    episode = models.PositiveIntegerField()
    turn = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=state_choices)
    facts = models.JSONField()
    call = models.JSONField()
    call_hash = models.CharField(max_length=64)
    approved_hash = models.CharField(max_length=64, blank=True)
    asked_by = models.CharField(max_length=150, default="system")
    approved_by = models.CharField(max_length=150, blank=True)
    by_itself = models.BooleanField(default=False)
    words = models.TextField(blank=True, help_text="Why it is in this state, or what was answered.")
    tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # when it is tried again; while it runs, when it counts as lost; afterwards, until when its effect is waited for
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "automation_run"
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("action", "alert", "episode", "turn"), name="automation_run_once"),
        )
        indexes = (
            models.Index(fields=("state", "due_at"), name="automation_run_due"),
            models.Index(fields=("action", "by_itself", "created_at"), name="automation_run_rate"),
        )
        permissions = (("approve_actionrun", "Can ask for, approve and reject actions"),)

    def __str__(self) -> str:
        return f"{self.action_id} for {self.alert_id} ({self.state})"
