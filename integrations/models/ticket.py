"""The one ticket that a problem has at a destination: what is known of it, and who may write to it now."""

from django.db import models

from integrations.models.destination import Destination


class Ticket(models.Model):
    """``problem`` names an alert's fingerprint, or with ``rule_slug`` set a whole rule. Written by integrations/jira.

    ``creating_at``: a create was begun then and its answer is not known; while it is set nothing is created without
    looking whether it was. ``generation`` counts the tickets that followed each other; ``previous_key`` is the one
    before. ``holder`` may write until ``leased_until``.
    """

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="tickets")
    problem = models.CharField(max_length=64)
    rule_slug = models.CharField(max_length=100, blank=True, default="")
    generation = models.PositiveIntegerField(default=1)
    key = models.CharField(max_length=60, blank=True, default="")
    previous_key = models.CharField(max_length=60, blank=True, default="")
    alert_id = models.UUIDField(null=True, help_text="The last alert whose story went into it.")
    creating_at = models.DateTimeField(null=True)
    commented_at = models.DateTimeField(null=True)
    holder = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    # as the site said last
    status = models.CharField(max_length=100, blank=True, default="")
    done = models.BooleanField(default=False)
    resolution = models.CharField(max_length=100, blank=True, default="")
    assignee = models.CharField(max_length=200, blank=True, default="")
    assignee_here = models.CharField(max_length=150, blank=True, default="", help_text="The user that this is.")
    updated = models.CharField(max_length=40, blank=True, default="")
    heard_upto = models.BigIntegerField(default=0, help_text="The last comment that was taken over.")
    gone = models.BooleanField(default=False)
    look_at = models.DateTimeField(null=True, help_text="When to ask the site for it, because it said it had changed.")

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "ticket"
        constraints = (models.UniqueConstraint(fields=("destination", "problem"), name="ticket_one_a_problem"),)
        indexes = (
            models.Index(fields=("destination", "key"), name="ticket_by_key"),
            models.Index(fields=("look_at",), condition=models.Q(look_at__isnull=False), name="ticket_to_look_at"),
        )

    def __str__(self) -> str:
        return self.key or f"no ticket yet for {self.problem[:12]}"

    @property
    def url(self) -> str:
        return self.url_of(self.key)

    def url_of(self, key: str) -> str:
        return f"{str(self.destination.settings.get('site', '')).rstrip('/')}/browse/{key}"

    @property
    def label(self) -> str:
        """Follows from the problem alone: whoever looks for the ticket finds it, whoever made it."""
        name = f"stacklens-{self.problem[:32]}"
        return name if self.generation == 1 else f"{name}-{self.generation}"

    def shown(self) -> dict[str, str]:
        """As alerts show it."""
        return {"key": self.key, "url": self.url, "status": self.status}


class Polled(models.Model):
    """How far a site's changes have been asked for."""

    destination = models.OneToOneField(Destination, on_delete=models.CASCADE, primary_key=True, related_name="polled")
    upto = models.DateTimeField()
    next_at = models.DateTimeField()
    trouble = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "ticket_polled"

    def __str__(self) -> str:
        return f"{self.destination_id} up to {self.upto:%H:%M:%S}"
