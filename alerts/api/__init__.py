"""The API of alerts, rules and issues."""
