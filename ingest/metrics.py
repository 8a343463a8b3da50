"""Every Prometheus metric of ours, once, with its meaning and when to worry."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# the door
REQUESTS = Counter("stacklens_ingest_requests", "Requests of senders by path and status.", ["path", "status"])
REQUEST_BYTES = Counter("stacklens_ingest_bytes", "Bytes taken in, after decompression.")

# the worker
RECORDS = Counter("stacklens_records", "Records stored, by signal.", ["signal"])
REJECTED = Counter(
    "stacklens_records_rejected", "Records kept as dead letters, by reason. Worry when it grows.", ["reason"]
)
REDACTED = Counter("stacklens_redactions", "Values replaced because they looked like secrets.")
LATE = Counter("stacklens_records_late", "Records too late for a windowed rule, by rule.", ["rule"])
TRANSITIONS = Counter("stacklens_alert_transitions", "Changes of alerts by the worker, by kind.", ["kind"])
BATCH_SECONDS = Histogram("stacklens_batch_seconds", "Seconds a batch takes, committed.", buckets=SECONDS)
STAGE_SECONDS = Counter("stacklens_stage_seconds", "Seconds spent in each stage.", ["stage"])
BATCH_FAILURES = Counter("stacklens_batch_failures", "Batches rolled back, by reason; each is tried again.", ["reason"])
DATA_GAPS = Counter("stacklens_data_gaps", "Times that messages were gone before they were read. Worry at any.")
OUTLET_REFUSED = Counter(
    "stacklens_outlet_refused", "Documents that a topic refused for good. Worry: its readers miss them.", ["topic"]
)
PARTITION_STOPPED = Gauge(
    "stacklens_partition_stopped",
    "1: not read on, too many of its records could not be used. Worry at any.",
    ["topic", "partition"],
)
LAG = Gauge("stacklens_lag_messages", "Messages that wait. Worry when it only grows.", ["topic", "partition"])
OLDEST_SECONDS = Gauge("stacklens_oldest_seconds", "How long ago the last processed message had come in, under lag.")
RULES = Gauge("stacklens_rules", "Active rules.")

# the indexer
INDEXED = Counter("stacklens_indexed", "Documents in Elasticsearch: created, or known from an earlier try.", ["result"])
INDEX_RETRIES = Counter(
    "stacklens_index_retries",
    "What is tried again: document (busy), away (whole requests), denied (credentials; worry at once).",
    ["reason"],
)
INDEX_SECONDS = Histogram("stacklens_index_seconds", "Seconds a batch takes, committed to Kafka.", buckets=SECONDS)
INDEX_LAG = Gauge("stacklens_index_lag_messages", "Messages that wait to be indexed. Worry when it only grows.")
INDEX_GAPS = Counter(
    "stacklens_index_gaps", "Messages that went from the topic before they were indexed: kept, not found. Worry."
)
