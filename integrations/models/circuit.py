"""Whether a destination answers, as all notifiers know it together."""

from django.db import models

from integrations.models.destination import Destination


class Circuit(models.Model):
    """``failures``: in a row. While ``probe_at`` is set the circuit is open: nothing is told but one notice, at that
    time, to see whether the destination is back."""

    destination = models.OneToOneField(Destination, on_delete=models.CASCADE, primary_key=True, related_name="circuit")
    failures = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "destination_circuit"

    def __str__(self) -> str:
        return f"{self.destination_id}: {'open' if self.probe_at else 'closed'}"
