"""What is wrong with an action, by field."""

import typing

from django.conf import settings

from integrations.automation import calls
from integrations.outbound.addresses import Refused, target
from query import QueryError, matcher

if typing.TYPE_CHECKING:
    from integrations.models import Action

SHORTEST_SECRET = 16


def wrong(action: "Action") -> dict[str, str]:
    errors = {"parameters": calls.wrong(action.parameters), "check_query": wrong_query(action.check_query)}
    errors |= {"command": wrong_command(action.command)} if action.kind == "command" else {"url": wrong_url(action.url)}
    return {name: words for name, words in errors.items() if words}


def wrong_command(command: str) -> str:
    listed = settings.AUTOMATION_COMMANDS
    return "" if command in listed else f"not in STACKLENS_AUTOMATION_COMMANDS ({', '.join(listed) or 'empty'})"


def wrong_url(url: str) -> str:
    try:
        target(url, settings.OUTBOUND_ALLOW)
    except Refused as refused:
        return str(refused)
    return ""


def wrong_query(query: str) -> str:
    try:
        matcher(query, "alerts")
    except QueryError as error:
        return str(error)
    return ""
