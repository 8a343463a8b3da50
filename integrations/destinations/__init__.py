"""Where alerts can be told, one file a kind; KINDS is the list of them."""

from integrations.destinations.kind import Kind
from integrations.jira.kind import Jira

KINDS: dict[str, Kind] = {
    "jira": Jira(),
}
