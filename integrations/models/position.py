"""How far each reader of the transitions has read."""

from django.db import models


class StreamPosition(models.Model):
    """``seq`` is the last transition that the reader is done with; moved only after it is. Readers are the streams, by
    their names, and the planner. A stream is one notifier's, the ``holder``'s, until ``held_until``."""

    name = models.CharField(max_length=30, primary_key=True)
    seq = models.BigIntegerField(default=0)
    holder = models.UUIDField(null=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "stream_position"

    def __str__(self) -> str:
        return f"{self.name} up to {self.seq}"
