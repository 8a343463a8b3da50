"""What a record costs: ``python -m benchmarks``."""
