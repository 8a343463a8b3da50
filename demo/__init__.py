"""A simulated shop that sends real OpenTelemetry, with failures in it; `make demo` starts it."""
