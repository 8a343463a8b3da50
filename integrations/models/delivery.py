"""How far each destination has been told."""

from django.db import models


class Delivery(models.Model):
    """``seq`` is the last transition that the destination has taken; moved only after it has."""

    destination = models.CharField(max_length=30, primary_key=True)
    seq = models.BigIntegerField(default=0)

    class Meta:
        db_table = "delivery"
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.destination} up to {self.seq}"
