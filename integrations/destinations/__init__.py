"""Where alerts can be told, one file a kind; KINDS is the list of them."""

from integrations.destinations.email import Email
from integrations.destinations.kind import Kind
from integrations.destinations.pagerduty import PagerDuty
from integrations.destinations.slack import Slack
from integrations.destinations.teams import Teams
from integrations.destinations.webhook import Webhook
from integrations.jira.kind import Jira

KINDS: dict[str, Kind] = {
    "jira": Jira(),
    "webhook": Webhook(),
    "email": Email(),
    "slack": Slack(),
    "pagerduty": PagerDuty(),
    "teams": Teams(),
}
