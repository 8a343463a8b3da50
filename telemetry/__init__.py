"""The words that every part shares: what a log record, a span and a metric point are."""
