"""What is kept of an issue as its site showed it last."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

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
        "assignee_here": user.get_username() if (user := user_of(issue.assignee or {})) else "",
        "gone": False,
    }


def is_done(issue: Seen, settings: Settings) -> bool:
    """By the category of its status, or because the settings name it."""
    return issue.done or issue.status.casefold() in [name.casefold() for name in settings.get("done_states") or ()]


def user_of(person: Mapping[str, Any]) -> User | None:
    """By e-mail, then by name; only if there is no doubt who it is."""
    users = User.objects.filter(is_active=True)
    for field, value in (("email__iexact", person.get("emailAddress")), ("username", person.get("name"))):
        found = list(users.filter(**{field: value})[:2]) if value else []
        if len(found) == 1:
            return found[0]
    return None
