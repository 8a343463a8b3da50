"""What is kept, as the API of either kind of site answers it."""

from datetime import UTC, datetime
from typing import Any

from tests.servers.jira.store import Issue
from tests.servers.jira.world import (
    CATEGORIES,
    COMPONENTS,
    LINK_TYPES,
    PEOPLE,
    PRIORITIES,
    PROJECT,
    STATUSES,
    TYPES,
    Status,
)


class Shapes:
    """``cloud``: account ids and ADF in version 3; else user names and text."""

    def __init__(self, site: str, cloud: bool, version: str) -> None:
        self.site, self.cloud, self.version = site, cloud, version

    def at(self, path: str) -> str:
        return f"{self.site}/rest/api/{self.version}/{path}"

    def issue(
        self, issue: Issue, wanted: set[str] | None = None, properties: list[str] | None = None
    ) -> dict[str, Any]:
        fields = self.fields(issue)
        shown = fields if wanted is None else {name: value for name, value in fields.items() if name in wanted}
        made = {"expand": "", "id": issue["id"], "self": self.at(f"issue/{issue['id']}"), "key": issue["key"]}
        made["fields"] = shown
        if properties:
            made["properties"] = {name: issue["properties"][name] for name in properties if name in issue["properties"]}
        return made

    def fields(self, issue: Issue) -> dict[str, Any]:
        status = next(one for one in STATUSES if one.name == issue["status"])
        resolution = issue["resolution"]
        return {
            "summary": issue["summary"],
            "description": issue["description"],
            "issuetype": self.type(next(id for id, name in TYPES.items() if name == issue["issuetype"])),
            "project": self.project(),
            "priority": self.priority(issue["priority"]),
            "labels": issue["labels"],
            "components": [{"id": id, "name": name} for id, name in COMPONENTS.items() if name in issue["components"]],
            "status": self.status(status),
            "resolution": {"id": resolution, "name": resolution} if resolution else None,
            "resolutiondate": stamp(issue["resolutiondate"]) if issue["resolutiondate"] else None,
            "assignee": self.person(issue["assignee"]),
            "reporter": self.person(issue["reporter"]),
            "created": stamp(issue["created"]),
            "updated": stamp(issue["updated"]),
            "comment": {
                "comments": [self.comment(issue, one) for one in issue["comments"]],
                "maxResults": len(issue["comments"]),
                "total": len(issue["comments"]),
                "startAt": 0,
            },
            "issuelinks": [self.link(issue, one) for one in issue["links"]],
            **issue["custom"],
        }

    def person(self, account: str | None) -> dict[str, Any] | None:
        person = next((one for one in PEOPLE if one.account == account), None)
        if person is None:
            return None
        who = {"accountId": person.account, "accountType": "atlassian"} if self.cloud else {"name": person.name}
        if not self.cloud:
            who["key"] = person.name
        shown = {"displayName": person.shown, "emailAddress": person.email, "active": True, "timeZone": "Europe/Berlin"}
        query = f"accountId={person.account}" if self.cloud else f"username={person.name}"
        return {"self": self.at(f"user?{query}"), **who, **shown}

    def comment(self, issue: Issue, comment: dict[str, Any]) -> dict[str, Any]:
        who = self.person(comment["author"])
        return {
            "self": self.at(f"issue/{issue['id']}/comment/{comment['id']}"),
            "id": comment["id"],
            "author": who,
            "updateAuthor": who,
            "body": comment["body"],
            "created": stamp(comment["created"]),
            "updated": stamp(comment["created"]),
        }

    def link(self, issue: Issue, link: dict[str, Any]) -> dict[str, Any]:
        id, (name, inward, outward) = next(pair for pair in LINK_TYPES.items() if pair[1][0] == link["type"])
        made = {"id": link["id"], "type": {"id": id, "name": name, "inward": inward, "outward": outward}}
        if link["inward"] == issue["key"]:
            return made | {"outwardIssue": {"key": link["outward"]}}
        return made | {"inwardIssue": {"key": link["inward"]}}

    def type(self, id: str) -> dict[str, Any]:
        shown = {"id": id, "name": TYPES[id], "description": "", "iconUrl": "", "subtask": False}
        return {"self": self.at(f"issuetype/{id}"), **shown}

    def project(self) -> dict[str, Any]:
        types = [self.type(id) for id in TYPES]
        return {"self": self.at(f"project/{PROJECT['id']}"), **PROJECT, "issueTypes": types}

    def priority(self, name: str) -> dict[str, Any]:
        id = str(PRIORITIES.index(name) + 1)
        return {"self": self.at(f"priority/{id}"), "id": id, "name": name}

    def status(self, status: Status) -> dict[str, Any]:
        number, name = CATEGORIES[status.category]
        category = {"id": number, "key": status.category, "name": name, "colorName": "green"}
        return {
            "self": self.at(f"status/{status.id}"),
            "id": status.id,
            "name": status.name,
            "statusCategory": category | {"self": self.at(f"statuscategory/{number}")},
        }

    def transition(self, status: Status) -> dict[str, Any]:
        id, name = status.transition
        flags = {"hasScreen": False, "isGlobal": True, "isInitial": False, "isConditional": False}
        return {"id": id, "name": name, "to": self.status(status), **flags}


def stamp(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
