"""Keys of senders, the queue's tables, how far the worker is, what could not be used, and what the worker did."""

from django.db import models


class IngestKey(models.Model):
    """A sender's key. Only its SHA-256 is kept: the key itself has 256 random bits, so a slow hash adds nothing."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    default_service = models.CharField(max_length=200, blank=True)
    default_environment = models.CharField(max_length=100, blank=True)
    requests_per_second = models.PositiveIntegerField(default=0, help_text="0 means no limit.")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class QueuePartition(models.Model):
    """Where the next message of a partition goes."""

    topic = models.CharField(max_length=100)
    partition = models.IntegerField()
    next_offset = models.BigIntegerField(default=0)

    class Meta:
        db_table = "queue_partition"
        constraints = (models.UniqueConstraint(fields=("topic", "partition"), name="queue_partition_unique"),)

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


class QueueMessage(models.Model):
    """A message as it came in, kept until the worker is done with it."""

    topic = models.CharField(max_length=100)
    partition = models.IntegerField()
    offset = models.BigIntegerField()
    received_at = models.BigIntegerField(help_text="Nanoseconds since the epoch.")
    headers = models.TextField(default="{}")
    size = models.IntegerField()
    value = models.BinaryField()

    class Meta:
        db_table = "queue_message"
        constraints = (models.UniqueConstraint(fields=("topic", "partition", "offset"), name="queue_message_unique"),)

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}-{self.offset}"


class Offset(models.Model):
    """The next message to process, moved in the transaction that stores what was made of those before.

    ``event_high`` and ``received_high`` are the highest event time and arrival time seen (nanoseconds): the
    partition's watermarks. ``event_high`` is never later than the arrival of the record that set it.

    ``source`` is what the offsets count in; ``incarnation`` how often that has changed, which is in the records' ids
    from the first change on. ``seen`` and ``bad`` are the last records (ingest/spoilage.py)."""

    topic = models.CharField(max_length=100)
    partition = models.IntegerField()
    next = models.BigIntegerField(default=0)
    event_high = models.BigIntegerField(default=0)
    received_high = models.BigIntegerField(default=0)
    source = models.CharField(max_length=100, default="", blank=True)
    incarnation = models.IntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    bad = models.JSONField(default=list, blank=True)
    stopped = models.CharField(max_length=200, default="", blank=True, help_text="Why it is not read on, if so.")

    class Meta:
        db_table = "ingest_offset"
        verbose_name = "partition"
        constraints = (models.UniqueConstraint(fields=("topic", "partition"), name="ingest_offset_unique"),)

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition} at {self.next}"


class DataGap(models.Model):
    """Messages that were gone before they were read: from ``first`` on, up to before ``upto``. Where ``upto`` is not
    larger, the topic was made anew and counts from there."""

    topic = models.CharField(max_length=100)
    partition = models.IntegerField()
    first = models.BigIntegerField()
    upto = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "ingest_data_gap"

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}: {self.first} to {self.upto}"


class DeadLetter(models.Model):
    """A record that could not be used, redacted, with its reason and place. ``headers``: those of its message that say
    how it is read. It is settled when what was made of it is stored: from then on it can't be requeued."""

    id = models.CharField(max_length=160, primary_key=True)
    reason = models.CharField(max_length=30, db_index=True)
    error = models.TextField()
    payload = models.TextField()
    service = models.CharField(max_length=200, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    requeued_at = models.DateTimeField(null=True, blank=True)
    requeued_by = models.CharField(max_length=150, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)  # again, after it was requeued
    settled_at = models.DateTimeField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.reason}: {self.error}"

    @property
    def state(self) -> str:
        """dead, waiting (requeued, not processed since) or settled."""
        if self.settled_at:
            return "settled"
        if self.requeued_at is None or (self.failed_at is not None and self.failed_at >= self.requeued_at):
            return "dead"
        return "waiting"


class PipelineStat(models.Model):
    """What the worker did in one slot of ten seconds; added to in the batch's own transaction, so it is exact."""

    slot = models.DateTimeField()
    name = models.CharField(max_length=60)
    value = models.FloatField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("slot", "name"), name="pipeline_stat_unique"),)

    def __str__(self) -> str:
        return f"{self.name} at {self.slot}: {self.value}"
