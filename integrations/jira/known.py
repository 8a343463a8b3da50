"""What is kept of an issue as its site showed it last."""

from typing import Any

from integrations.destinations.kind import Settings
from integrations.jira.client import Seen

BY = "jira"  # whom the history of an alert names


def known_of(issue: Seen, settings: Settings) -> dict[str, Any]:
    return {
        "key": issue.key,
        "status": issue.status,
        "done": is_done(issue, settings),
        "resolution": issue.resolution,
        "assignee": issue.who,
        "gone": False,
    }


def is_done(issue: Seen, settings: Settings) -> bool:
    """By the category of its status, or because the settings name it."""
    return issue.done or issue.status.casefold() in [name.casefold() for name in settings.get("done_states") or ()]
