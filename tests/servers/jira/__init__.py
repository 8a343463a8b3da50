"""A stand-in for Jira: a real HTTP server with the part of the Cloud and Data Center APIs that we use.

`python -m tests.servers.jira --port 8090 --data /tmp/jira` runs it; ``Jira`` does so for tests.
"""

from tests.servers.jira.process import Jira

__all__ = ["Jira"]
