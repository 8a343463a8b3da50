"""A connection tried for real: each thing that a ticket needs, without making one."""

from collections.abc import Iterator

from integrations.destinations.kind import Passing, Permanent, Settings, Step
from integrations.jira.client import Client
from integrations.jira.fields import lacking

NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "LINK_ISSUES")


def steps(client: Client, settings: Settings) -> Iterator[Step]:
    project, issue_type = client.project, str(settings.get("issue_type") or "Bug")
    for what, path in (
        ("The site answers", "serverInfo"),
        ("The credentials are right", "myself"),
        (f"The project {project} can be seen", f"project/{project}"),
    ):
        try:
            told = client.read(path)
        except (Passing, Permanent) as error:
            yield Step(what, False, str(error))
            return
        yield Step(what, True, str(told.get("displayName") or told.get("name") or told.get("version") or ""))
    yield from permissions(client)
    yield from metadata(client, settings, issue_type)
    try:
        client.search(f'project = "{project}" AND labels = "stacklens" ORDER BY key DESC', most=1)
        yield Step("Tickets can be searched", True)
    except (Passing, Permanent) as error:
        yield Step("Tickets can be searched", False, str(error))


def permissions(client: Client) -> Iterator[Step]:
    try:
        found = client.read("mypermissions", projectKey=client.project, permissions=",".join(NEEDED))["permissions"]
    except (Passing, Permanent) as error:
        yield Step("Permissions can be asked for", False, str(error))
        return
    for name in NEEDED:
        yield Step(f"Permission {name}", bool(found.get(name, {}).get("havePermission")))


def metadata(client: Client, settings: Settings, issue_type: str) -> Iterator[Step]:
    try:
        meta = client.meta(issue_type)
    except (Passing, Permanent) as error:
        yield Step(f"Issue type {issue_type}", False, str(error))
        return
    yield Step(f"Issue type {issue_type}", True)
    missing = lacking(settings, meta)
    yield Step("What Jira requires is filled", not missing, f"not filled: {', '.join(missing)}" if missing else "")
    named = {name for id, one in meta.items() for name in (id, str(one.get("name")))}
    strange = sorted(set(settings.get("fields") or ()) - named)
    if settings.get("fields"):
        yield Step("The other fields are there", not strange, f"unknown: {', '.join(strange)}" if strange else "")
    if priorities := settings.get("priorities"):
        known = {one["name"] for one in client.read("priority")}
        wrong = sorted(set(priorities.values()) - known)
        yield Step("The priorities are there", not wrong, f"unknown: {', '.join(wrong)}" if wrong else "")
