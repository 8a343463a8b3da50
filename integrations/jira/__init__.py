"""Jira, Cloud and Data Center: one ticket for each problem, for life, and back from there what people do to it."""
