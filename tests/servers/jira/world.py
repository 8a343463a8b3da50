"""What the site holds from the start: people, one project, its issue types, its workflow and its fields."""

from typing import Any, NamedTuple


class Person(NamedTuple):
    account: str
    name: str
    email: str
    shown: str


PEOPLE = [
    Person("557058:bot", "stacklens", "bot@example.com", "StackLens Bot"),
    Person("557058:ada", "ada", "ada@example.com", "Ada Lovelace"),
    Person("557058:grace", "grace", "grace@example.com", "Grace Hopper"),
]
BOT = PEOPLE[0]
PROJECT = {"id": "10000", "key": "SHOP", "name": "Shop"}
TYPES = {"10001": "Bug", "10002": "Task", "10003": "Incident"}
PRIORITIES = ["Highest", "High", "Medium", "Low", "Lowest"]
COMPONENTS = {"10101": "checkout", "10102": "payment"}
LINK_TYPES = {
    "10201": ("Relates", "relates to", "relates to"),
    "10202": ("Duplicate", "is duplicated by", "duplicates"),
}


class Status(NamedTuple):
    id: str
    name: str
    category: str  # key of the status category: new, indeterminate, done
    transition: tuple[str, str]  # that leads there
    resolution: str | None


STATUSES = [
    Status("1", "To Do", "new", ("11", "Reopen"), None),
    Status("3", "In Progress", "indeterminate", ("21", "Start"), None),
    Status("5", "Done", "done", ("31", "Done"), "Done"),
    Status("6", "Released", "done", ("41", "Release"), "Done"),
    Status("7", "Won't Do", "done", ("51", "Decline"), "Won't Do"),
]
CATEGORIES = {"new": (2, "To Do"), "indeterminate": (4, "In Progress"), "done": (3, "Done")}
PERMISSIONS = [
    *("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "LINK_ISSUES"),
    *("ASSIGN_ISSUES", "DELETE_ISSUES", "ADMINISTER"),
]
STANDARD: dict[str, dict[str, Any]] = {
    "summary": {"name": "Summary", "required": True, "schema": {"type": "string", "system": "summary"}},
    "issuetype": {"name": "Issue Type", "required": True, "schema": {"type": "issuetype", "system": "issuetype"}},
    "project": {"name": "Project", "required": True, "schema": {"type": "project", "system": "project"}},
    "description": {"name": "Description", "schema": {"type": "string", "system": "description"}},
    "priority": {"name": "Priority", "schema": {"type": "priority", "system": "priority"}},
    "labels": {"name": "Labels", "schema": {"type": "array", "items": "string", "system": "labels"}},
    "components": {"name": "Components", "schema": {"type": "array", "items": "component", "system": "components"}},
    "assignee": {"name": "Assignee", "schema": {"type": "user", "system": "assignee"}},
}
CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes:"
EXTRA: dict[str, dict[str, Any]] = {
    "customfield_10050": {
        "name": "Team",
        "required": True,
        "schema": {"type": "option", "custom": CUSTOM + "select", "customId": 10050},
        "allowedValues": [{"id": "1", "value": "Shop"}, {"id": "2", "value": "Payment"}],
    },
    "customfield_10051": {
        "name": "Area",
        "required": True,
        "schema": {"type": "option-with-child", "custom": CUSTOM + "cascadingselect", "customId": 10051},
        "allowedValues": [{"id": "3", "value": "Backend", "children": [{"id": "4", "value": "Prices"}]}],
    },
    "customfield_10052": {
        "name": "Impact",
        "required": True,
        "schema": {"type": "number", "custom": CUSTOM + "float", "customId": 10052},
    },
    "customfield_10053": {
        "name": "Steps",
        "schema": {"type": "string", "custom": CUSTOM + "textarea", "customId": 10053},
    },
}


def fields_of(type_id: str) -> dict[str, dict[str, Any]]:
    """An incident asks for more than the others do."""
    return STANDARD | EXTRA if TYPES.get(type_id) == "Incident" else STANDARD
