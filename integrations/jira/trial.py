"""A connection tried for real, without a trace: each thing that a ticket needs, and what to do where it is refused."""

from collections.abc import Callable, Iterator

from django.utils import timezone

from alerts.event import alert_event
from integrations.delivery import sample
from integrations.destinations.kind import Passing, Permanent, Settings, Step
from integrations.destinations.trying import tried
from integrations.jira import fields, text
from integrations.jira.client import Client, Seen
from integrations.jira.offers import described

# as Jira's own pages call them, and what comes of it without
PERMISSIONS = {
    "BROWSE_PROJECTS": ("Browse Projects", "no ticket is ever found"),
    "CREATE_ISSUES": ("Create Issues", "no ticket is made"),
    "EDIT_ISSUES": ("Edit Issues", "its description is not refreshed"),
    "TRANSITION_ISSUES": ("Transition Issues", "it is neither closed nor reopened"),
    "ADD_COMMENTS": ("Add Comments", "it is not told of repeats and recovery"),
    "LINK_ISSUES": ("Link Issues", "a new ticket doesn't lead to the old one"),
    "ASSIGN_ISSUES": ("Assign Issues", "who is on it can't be settled from here"),
}
SIGN_IN = "Make a new token; on Cloud the e-mail is that of its account."
ADDRESS = "Is the address right? One that isn't public has to be in STACKLENS_OUTBOUND_ALLOW."
PROJECT = "Is the key right? The account needs Browse Projects in it."
SCREEN = "The fields of a ticket have to be on the project's screens, for this issue type."
WAYS = "The workflow has to let the account move issues, by ways without conditions."
LINKS = "Choose one of those that there are, and see that issue linking is on."


def steps(client: Client, settings: Settings) -> Iterator[Step]:
    """Ends where going on makes no sense."""
    for step in entered(client):
        yield step
        if not step.passed:
            return
    issues: list[Seen] = []
    newest = f'project = "{client.project}" ORDER BY key DESC'
    yield asked("Tickets can be searched", PROJECT, lambda: issues.extend(client.search(newest, most=1)))
    issue = issues[0].key if issues else ""
    yield from permissions(client, issue)
    yield from metadata(client, settings)
    yield asked("A ticket like the newest alert's would be taken", SCREEN, lambda: taken(client, settings))
    if issue:
        yield asked(f"{issue} could be refreshed", SCREEN, lambda: editable(client, issue))
        yield asked(f"{issue} could be moved on", WAYS, lambda: movable(client, issue))
    yield asked("The link type is there", LINKS, lambda: linkable(client, str(settings.get("link_type") or "Relates")))


def asked(what: str, todo: str, doing: Callable[[], object]) -> Step:
    step = tried(what, doing)
    return step if step.passed else step._replace(detail=f"{step.detail.rstrip('.')}. {todo}")


def entered(client: Client) -> Iterator[Step]:
    """The site, the account, the project: their names are the details."""
    yield asked("The site answers", ADDRESS, lambda: f"version {client.read('serverInfo').get('version', '')}")
    yield asked("The credentials are right", SIGN_IN, lambda: str(client.read("myself").get("displayName", "")))
    project = client.project
    yield asked(
        f"The project {project} can be seen", PROJECT, lambda: str(client.read(f"project/{project}").get("name", ""))
    )


def permissions(client: Client, issue: str) -> Iterator[Step]:
    """Of an issue where there is one: it may be of a security level that the account is not in."""
    of = {"issueKey": issue} if issue else {"projectKey": client.project}
    try:
        found = client.read("mypermissions", permissions=",".join(PERMISSIONS), **of)["permissions"]
    except (Passing, Permanent) as error:
        yield Step("Permissions can be asked for", False, f"{error}. {SIGN_IN}")
        return
    for key, (name, without) in PERMISSIONS.items():
        has = bool(found.get(key, {}).get("havePermission"))
        todo = f"Without it {without}. Give it to the account in the project's settings, Permissions."
        yield Step(f"Permission {name}", has, "" if has else todo)


def metadata(client: Client, settings: Settings) -> Iterator[Step]:
    issue_type = str(settings.get("issue_type") or "Bug")
    try:
        meta = client.meta(issue_type)
    except (Passing, Permanent) as error:
        yield Step(f"Issue type {issue_type}", False, f"{error}")
        return
    yield Step(f"Issue type {issue_type}", True)
    missing = [f"{name} ({described(one)})" for name, one in fields.lacking(settings, meta).items()]
    todo = f"Fill under Other fields: {'; '.join(missing)}"
    yield Step("What Jira requires is filled", not missing, todo if missing else "")
    named = {name for id, one in meta.items() for name in (id, str(one.get("name")))}
    strange = sorted(set(settings.get("fields") or ()) - named)
    if settings.get("fields"):
        there = ", ".join(sorted({str(one.get("name")) for one in meta.values()}))
        yield Step("The other fields are there", not strange, f"No {', '.join(strange)}; {there}" if strange else "")
    if priorities := settings.get("priorities"):
        known = [one["name"] for one in client.read("priority")]
        wrong = sorted(set(priorities.values()) - set(known))
        todo = f"No {', '.join(wrong)}; there are {', '.join(known)}"
        yield Step("The priorities are there", not wrong, todo if wrong else "")


def taken(client: Client, settings: Settings) -> None:
    """All that a create is judged by, but for the summary: no issue is made without one."""
    event = alert_event(sample.newest() or sample.made_up(timezone.now()))
    known = text.facts(event, [], "https://stacklens.example")
    meta = client.meta(str(settings.get("issue_type") or "Bug"))
    made = fields.of_issue(settings, known, str(event["severity"]), "stacklens-test", meta)
    refused = client.refused({name: value for name, value in made.items() if name != "summary"})
    if against := [f"{name}: {why}" for name, why in refused.items() if name != "summary"]:
        raise Permanent("; ".join(against))


def editable(client: Client, issue: str) -> None:
    if missing := {"description", "labels"} - set(client.read(f"issue/{issue}/editmeta").get("fields", {})):
        raise Permanent(f"what can't be edited: {', '.join(sorted(missing))}")


def movable(client: Client, issue: str) -> str:
    ways = [str(way["to"]["name"]) for way in client.transitions(issue)]
    if not ways:
        raise Permanent("no way leads out of its state")
    return f"to {', '.join(ways)}"


def linkable(client: Client, kind: str) -> str:
    types = [str(one["name"]) for one in client.read("issueLinkType")["issueLinkTypes"]]
    if kind not in types:
        raise Permanent(f"no {kind}; there are {', '.join(types) or 'none'}")
    return kind
