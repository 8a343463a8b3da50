"""Records as they are kept: written in bulk by store.py, read through the ORM."""

from django.db import models

from search.saved import SavedSearch

__all__ = ["RawLog", "SavedSearch", "Stored", "StoredMetricPoint", "StoredSpan"]


class Stored(models.Model):
    """What every stored record has. ``id`` is its position in the transport."""

    id = models.CharField(max_length=120, primary_key=True)
    timestamp = models.DateTimeField()
    received_at = models.DateTimeField()
    service = models.CharField(max_length=200)
    environment = models.CharField(max_length=100, null=True)  # noqa: DJ001 - absent and empty differ in a query
    host = models.CharField(max_length=255, null=True)  # noqa: DJ001
    app_version = models.CharField(max_length=100, null=True)  # noqa: DJ001
    attrs = models.JSONField(default=dict)

    class Meta:
        abstract = True


class RawLog(Stored):
    level = models.CharField(max_length=10)
    message = models.TextField()
    pattern = models.TextField()
    trace_id = models.CharField(max_length=32, null=True)  # noqa: DJ001
    span_id = models.CharField(max_length=16, null=True)  # noqa: DJ001
    request_id = models.CharField(max_length=36, null=True)  # noqa: DJ001
    error_code = models.CharField(max_length=200, null=True)  # noqa: DJ001
    user_id = models.CharField(max_length=255, null=True)  # noqa: DJ001
    product_id = models.CharField(max_length=255, null=True)  # noqa: DJ001
    action = models.CharField(max_length=255, null=True)  # noqa: DJ001
    status = models.CharField(max_length=10, null=True)  # noqa: DJ001

    class Meta:
        db_table = "raw_logs"
        indexes = (
            models.Index(fields=("timestamp",), name="raw_logs_time"),
            models.Index(fields=("service", "timestamp"), name="raw_logs_service"),
            models.Index(fields=("trace_id",), name="raw_logs_trace", condition=models.Q(trace_id__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.timestamp} {self.service} {self.level} {self.message}"


class StoredSpan(Stored):
    trace_id = models.CharField(max_length=32)
    span_id = models.CharField(max_length=16)
    parent_span_id = models.CharField(max_length=16, null=True)  # noqa: DJ001
    name = models.TextField()
    kind = models.CharField(max_length=12)
    duration_ns = models.BigIntegerField()
    status = models.CharField(max_length=6)
    status_message = models.TextField()
    events = models.JSONField(default=list)
    links = models.JSONField(default=list)

    class Meta:
        db_table = "spans"
        indexes = (
            models.Index(fields=("timestamp",), name="spans_time"),
            models.Index(fields=("trace_id",), name="spans_trace"),
            models.Index(fields=("service", "timestamp"), name="spans_service"),
        )

    def __str__(self) -> str:
        return f"{self.service} {self.name}"


class StoredMetricPoint(Stored):
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=24)
    unit = models.CharField(max_length=64)
    value = models.FloatField(null=True)
    count = models.BigIntegerField(null=True)
    total = models.FloatField(null=True)
    minimum = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
    buckets = models.JSONField(default=list)
    temporality = models.CharField(max_length=12)
    monotonic = models.BooleanField(default=False)

    class Meta:
        db_table = "metric_points"
        indexes = (models.Index(fields=("name", "timestamp"), name="metric_points_name"),)

    def __str__(self) -> str:
        return f"{self.service} {self.name}"
