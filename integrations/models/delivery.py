"""What is to be told and was: transitions on their way to a destination, in the groups in which they are told."""

import uuid

from django.db import models

from alerts.models import Alert, Transition
from integrations.models.destination import Destination
from integrations.models.route import Route
from integrations.routes.timing import Times

STATES = ("waiting", "told", "muted", "given_up")
WITHOUT_ROUTE = Times(wait=0, interval=60, repeat=0)  # what goes on after its route was deleted
OUTCOMES = ("told", "passing", "permanent")


# As callables, so that a new choice is no migration.
def state_choices() -> list[tuple[str, str]]:
    return [(state, state.replace("_", " ")) for state in STATES]


def outcome_choices() -> list[tuple[str, str]]:
    return [(outcome, outcome) for outcome in OUTCOMES]


class Thread(models.Model):
    """A group of alerts on its way to one destination, from the first that opened to the last that was resolved. It is
    what notifiers claim: so within it there is one notice at a time.

    ``due_at``: when there is something to do, None if there isn't. ``notice`` is the key of the notice that is being
    told, kept over its tries. ``claim`` is who tells it, until ``leased_until``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="threads")
    route = models.ForeignKey(Route, null=True, on_delete=models.SET_NULL, related_name="threads")
    key = models.CharField(max_length=64)
    group = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    notice = models.CharField(max_length=40, blank=True, default="")
    tries = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    reference = models.JSONField(null=True)

    class Meta:
        db_table = "delivery_thread"
        constraints = (
            models.UniqueConstraint(
                fields=("destination", "key"), condition=models.Q(ended_at=None), name="thread_one_open"
            ),
        )
        indexes = (
            models.Index(
                fields=("destination", "due_at"), condition=models.Q(due_at__isnull=False), name="thread_due_there"
            ),
            models.Index(fields=("ended_at",), name="thread_ended"),
        )

    def __str__(self) -> str:
        return " ".join(str(value) for value in self.group.values()) or str(self.id)

    def times(self) -> Times:
        return self.route.times() if self.route else WITHOUT_ROUTE


class Member(models.Model):
    """An alert that a destination hears of, until its resolution is told. ``seq``: the last transition it was told."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="members")
    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField(default=0)
    resolved = models.BooleanField(default=False)

    class Meta:
        db_table = "delivery_member"
        constraints = (models.UniqueConstraint(fields=("destination", "alert"), name="member_once"),)

    def __str__(self) -> str:
        return f"{self.alert_id} in {self.thread_id}"


class Delivery(models.Model):
    """A transition that a destination is to be told. ``repeat``: how often it was told before, by repeat_interval."""

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="deliveries")
    transition = models.ForeignKey(Transition, on_delete=models.CASCADE, related_name="deliveries")
    repeat = models.PositiveIntegerField(default=0)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    seq = models.BigIntegerField()
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="deliveries")
    notice = models.CharField(max_length=40, blank=True, default="", db_index=True)
    state = models.CharField(max_length=10, choices=state_choices, default="waiting")
    planned_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "delivery"
        ordering = ("-id",)
        verbose_name_plural = "deliveries"
        constraints = (models.UniqueConstraint(fields=("destination", "transition", "repeat"), name="delivery_once"),)
        indexes = (
            models.Index(
                fields=("destination", "alert", "seq"), condition=models.Q(state="waiting"), name="delivery_waiting"
            ),
            models.Index(fields=("state", "settled_at"), name="delivery_settled"),
        )
        permissions = (("redeliver_delivery", "Can redeliver"),)

    def __str__(self) -> str:
        return f"{self.seq} to {self.destination_id}: {self.state}"

    def on_its_way(self) -> bool:
        """In the notice that is being told, perhaps not for the first time."""
        return self.state == "waiting" and bool(self.notice) and self.notice == self.thread.notice


class Attempt(models.Model):
    """One try to tell a delivery. ``words`` hold no secret of the destination's."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    notice = models.CharField(max_length=40)
    at = models.DateTimeField()
    seconds = models.FloatField()
    outcome = models.CharField(max_length=10, choices=outcome_choices)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "delivery_attempt"
        ordering = ("id",)
        indexes = (models.Index(fields=("at",), name="attempt_at"),)

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.outcome}"
