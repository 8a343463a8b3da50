"""What the API does, by method and path: the same for both kinds of site where they agree."""

import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.servers.jira import jql
from tests.servers.jira.hooks import Hooks
from tests.servers.jira.shapes import Shapes
from tests.servers.jira.store import Issue, Store
from tests.servers.jira.world import (
    BOT,
    COMPONENTS,
    LINK_TYPES,
    PEOPLE,
    PERMISSIONS,
    PRIORITIES,
    PROJECT,
    STATUSES,
    TYPES,
    fields_of,
)

PAGE = 50


class Wrong(Exception):
    def __init__(self, status: int, *messages: str, **errors: str) -> None:
        super().__init__(status)
        self.status = status
        self.body: dict[str, Any] = {"errorMessages": list(messages), "errors": errors}


class Request(NamedTuple):
    method: str
    path: str  # behind /rest/api/VERSION/
    query: dict[str, str]
    body: Any
    shapes: Shapes

    @property
    def adf(self) -> bool:
        return self.shapes.version == "3"


class Site:
    def __init__(self, store: Store, cloud: bool) -> None:
        self.store, self.cloud = store, cloud
        self.hooks = Hooks(store)
        self.acting = BOT.account
        self.denied: list[str] = []
        self.routes: list[tuple[str, str, Callable[..., tuple[int, Any]]]] = [
            ("GET", r"serverInfo", self.server_info),
            ("GET", r"myself", self.myself),
            ("GET", r"mypermissions", self.my_permissions),
            ("GET", r"user/assignable/search", self.assignable),
            ("GET", r"field", self.all_fields),
            ("GET", r"priority", self.priorities),
            ("GET", r"status", self.statuses),
            ("GET", r"project/([^/]+)", self.project),
            ("GET", r"issue/createmeta/([^/]+)/issuetypes", self.create_types),
            ("GET", r"issue/createmeta/([^/]+)/issuetypes/([^/]+)", self.create_fields),
            ("GET", r"issueLinkType", self.link_types),
            ("POST", r"issueLink", self.link),
            ("POST", r"issue", self.create),
            ("GET", r"issue/([^/]+)", self.issue),
            ("PUT", r"issue/([^/]+)", self.edit),
            ("GET", r"issue/([^/]+)/editmeta", self.edit_fields),
            ("GET", r"issue/([^/]+)/comment", self.comments),
            ("POST", r"issue/([^/]+)/comment", self.comment),
            ("GET", r"issue/([^/]+)/transitions", self.transitions),
            ("POST", r"issue/([^/]+)/transitions", self.transition),
            ("GET", r"issue/([^/]+)/properties/([^/]+)", self.property),
            ("PUT", r"issue/([^/]+)/properties/([^/]+)", self.put_property),
            ("PUT", r"issue/([^/]+)/assignee", self.assign),
            ("GET", r"search/jql", self.search_tokens) if cloud else ("GET", r"search", self.search_pages),
        ]

    def answer(self, request: Request) -> tuple[int, Any]:
        for method, pattern, act in self.routes:
            if method == request.method and (found := re.fullmatch(pattern, request.path.strip("/"))):
                return act(request, *found.groups())
        if self.cloud and request.path == "search":
            raise Wrong(410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.")
        raise Wrong(404, "null for uri")

    def server_info(self, request: Request) -> tuple[int, Any]:
        kind, version = ("Cloud", "1001.0.0-SNAPSHOT") if self.cloud else ("Server", "10.3.4")
        numbers = [1001, 0, 0] if self.cloud else [10, 3, 4]
        site = request.shapes.site
        return 200, {"baseUrl": site, "version": version, "versionNumbers": numbers, "deploymentType": kind}

    def myself(self, request: Request) -> tuple[int, Any]:
        return 200, request.shapes.person(self.acting)

    def assignable(self, request: Request) -> tuple[int, Any]:
        words = request.query.get("query" if self.cloud else "username", "").casefold()
        found = [one for one in PEOPLE if words and any(words in text.casefold() for text in one)]
        return 200, [request.shapes.person(one.account) for one in found]

    def my_permissions(self, request: Request) -> tuple[int, Any]:
        names = [name for name in request.query.get("permissions", "").split(",") if name]
        if self.cloud and not names:
            raise Wrong(400, "The 'permissions' query parameter is required.")
        have = {
            name: {
                "id": str(place),
                "key": name,
                "name": name,
                "type": "PROJECT",
                "havePermission": name not in (*self.denied, "ADMINISTER"),
            }
            for place, name in enumerate(PERMISSIONS)
            if not names or name in names
        }
        return 200, {"permissions": have}

    def all_fields(self, request: Request) -> tuple[int, Any]:
        fields = fields_of("10003").items()
        return 200, [
            {"id": id, "key": id, "name": one["name"], "custom": id.startswith("custom"), "clauseNames": [id]}
            for id, one in fields
        ]

    def priorities(self, request: Request) -> tuple[int, Any]:
        return 200, [request.shapes.priority(name) for name in PRIORITIES]

    def statuses(self, request: Request) -> tuple[int, Any]:
        return 200, [request.shapes.status(status) for status in STATUSES]

    def project(self, request: Request, key: str) -> tuple[int, Any]:
        self.known(key)
        return 200, request.shapes.project()

    def known(self, key: str) -> None:
        if key not in (PROJECT["key"], PROJECT["id"]) or "BROWSE_PROJECTS" in self.denied:
            raise Wrong(404, f"No project could be found with key '{key}'.")

    def create_types(self, request: Request, project: str) -> tuple[int, Any]:
        self.known(project)
        return 200, self.page(request, "issueTypes", [request.shapes.type(id) for id in TYPES])

    def create_fields(self, request: Request, project: str, type_id: str) -> tuple[int, Any]:
        self.known(project)
        found = [
            {"fieldId": id, "key": id, "hasDefaultValue": False, "operations": ["set"], "required": False, **one}
            for id, one in fields_of(type_id).items()
        ]
        return 200, self.page(request, "fields", found)

    def page(self, request: Request, name: str, found: list[Any]) -> dict[str, Any]:
        """Cloud names what it lists, Data Center says ``values``."""
        start, size = int(request.query.get("startAt", 0)), int(request.query.get("maxResults", PAGE))
        shown = {"startAt": start, "maxResults": size, "total": len(found)}
        page = found[start : start + size]
        return shown | ({name: page} if self.cloud else {"isLast": start + size >= len(found), "values": page})

    def link_types(self, request: Request) -> tuple[int, Any]:
        types = [
            {"id": id, "name": name, "inward": inward, "outward": outward}
            for id, (name, inward, outward) in LINK_TYPES.items()
        ]
        return 200, {"issueLinkTypes": types}

    def link(self, request: Request) -> tuple[int, Any]:
        kind = request.body["type"]["name"]
        if kind not in [name for name, _, _ in LINK_TYPES.values()]:
            raise Wrong(404, f"No issue link type with name '{kind}' found.")
        ends = [self.found(request.body[end]["key"]) for end in ("inwardIssue", "outwardIssue")]
        self.store.link(kind, ends[0], ends[1])
        return 201, None

    def create(self, request: Request) -> tuple[int, Any]:
        self.may("CREATE_ISSUES")
        given = request.body.get("fields", {})
        project = given.get("project", {})
        if (project.get("key") or project.get("id")) not in (PROJECT["key"], PROJECT["id"]):
            raise Wrong(400, project="valid project is required")
        named = given.get("issuetype", {})
        type_id = next((id for id, name in TYPES.items() if named.get("id") == id or named.get("name") == name), None)
        if type_id is None:
            raise Wrong(400, issuetype="The issue type selected is invalid.")
        asked = fields_of(type_id)
        lacking = {
            id: f"{one['name']} is required." for id, one in asked.items() if one.get("required") and not given.get(id)
        }
        fields = self.checked(request, given, asked, lacking) | {"issuetype": TYPES[type_id]}
        properties = {one["key"]: one["value"] for one in request.body.get("properties", [])}
        issue = self.store.create(fields, properties)
        self.tell("jira:issue_created", request, issue)
        return 201, {"id": issue["id"], "key": issue["key"], "self": request.shapes.at(f"issue/{issue['id']}")}

    def checked(
        self, request: Request, given: dict[str, Any], asked: dict[str, Any], wrong: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """All that is wrong is told at once; ``wrong`` is told with it."""
        fields: dict[str, Any] = {"custom": {}}
        errors = dict(wrong or {})
        for name, value in given.items():
            try:
                self.check(request, fields, name, value, asked)
            except Wrong as one:
                errors |= one.body["errors"]
        if errors:
            raise Wrong(400, **errors)
        return fields

    def check(self, request: Request, fields: dict[str, Any], name: str, value: Any, asked: dict[str, Any]) -> None:
        if name not in asked:
            why = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            raise Wrong(400, **{name: why})
        if name in ("project", "issuetype"):
            return
        if name == "summary" and (not value or "\n" in value or len(value) > 255):
            raise Wrong(400, summary="Summary must be less than 255 characters and must not contain newlines.")
        if name == "labels" and any(" " in label for label in value):
            raise Wrong(400, labels="The label can't contain spaces.")
        if name == "description" or asked[name]["schema"].get("custom", "").endswith("textarea"):
            self.document(request, name, value)
        if name.startswith("customfield"):
            fields["custom"][name] = self.custom(name, value, asked[name])
        else:
            fields[name] = self.plain(name, value)

    def document(self, request: Request, name: str, value: Any) -> None:
        if request.adf and not (isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1):
            raise Wrong(
                400, **{name: "Operation value must be an Atlassian Document (see the Atlassian Document Format)"}
            )
        if not request.adf and not isinstance(value, str):
            raise Wrong(400, **{name: "Operation value must be a string"})

    def plain(self, name: str, value: Any) -> Any:
        if name == "priority":
            if value.get("name") not in PRIORITIES:
                raise Wrong(400, priority="The priority selected is invalid.")
            return value["name"]
        if name == "components":
            wrong = [one["name"] for one in value if one.get("name") not in COMPONENTS.values()]
            if wrong:
                raise Wrong(400, components=f"Component name '{wrong[0]}' is not valid")
            return [one["name"] for one in value]
        if name == "assignee":
            return self.account(value)
        return value

    def custom(self, name: str, value: Any, meta: dict[str, Any]) -> Any:
        kind = meta["schema"]["type"]
        if kind == "number" and not isinstance(value, int | float):
            raise Wrong(400, **{name: "Operation value must be a number"})
        if kind.startswith("option"):
            choice = next((one for one in meta["allowedValues"] if one["value"] == value.get("value")), None)
            if choice is None:
                raise Wrong(400, **{name: f"Option value '{value.get('value')}' is not valid"})
            child = value.get("child", {}).get("value")
            if child and child not in [one["value"] for one in choice.get("children", ())]:
                raise Wrong(400, **{name: f"Option value '{child}' is not valid"})
        return value

    def account(self, who: dict[str, Any] | None) -> str | None:
        if who is None:
            return None
        name = who.get("accountId" if self.cloud else "name")
        person = next((one for one in PEOPLE if name == (one.account if self.cloud else one.name)), None)
        if name is not None and person is None:
            raise Wrong(400, assignee=f"User '{name}' does not exist.")
        return person.account if person else None

    def may(self, permission: str) -> None:
        if permission in self.denied:
            raise Wrong(403, "You do not have permission to do this.")

    def found(self, name: str) -> Issue:
        issue = self.store.find(name)
        if issue is None or "BROWSE_PROJECTS" in self.denied:
            raise Wrong(404, "Issue does not exist or you do not have permission to see it.")
        return issue

    def issue(self, request: Request, name: str) -> tuple[int, Any]:
        fields, properties = request.query.get("fields"), request.query.get("properties")
        wanted = set(fields.split(",")) if fields and "*all" not in fields else None
        return 200, request.shapes.issue(self.found(name), wanted, properties.split(",") if properties else None)

    def edit(self, request: Request, name: str) -> tuple[int, Any]:
        issue = self.found(name)
        self.may("EDIT_ISSUES")
        fields = self.checked(request, request.body.get("fields", {}), fields_of("10003"))
        fields["custom"] = issue["custom"] | fields["custom"]
        labels: list[str] = list(fields.get("labels") or issue["labels"])
        for step in request.body.get("update", {}).get("labels", []):
            labels += [step["add"]] if "add" in step and step["add"] not in labels else []
            labels = [label for label in labels if label != step.get("remove")]
        self.store.change(issue, **(fields | {"labels": labels}))
        self.tell("jira:issue_updated", request, issue)
        return 204, None

    def edit_fields(self, request: Request, name: str) -> tuple[int, Any]:
        self.found(name)
        names = () if "EDIT_ISSUES" in self.denied else ("summary", "description", "priority", "labels", "components")
        fields = {id: {"required": False, "key": id, "operations": ["set"], **fields_of("10001")[id]} for id in names}
        return 200, {"fields": fields}

    def comments(self, request: Request, name: str) -> tuple[int, Any]:
        issue = self.found(name)
        found = [request.shapes.comment(issue, one) for one in issue["comments"]]
        if request.query.get("orderBy", "").startswith("-"):
            found.reverse()
        start, size = int(request.query.get("startAt", 0)), int(request.query.get("maxResults", 100))
        page = {"startAt": start, "maxResults": size, "total": len(found)}
        return 200, page | {"comments": found[start : start + size]}

    def comment(self, request: Request, name: str) -> tuple[int, Any]:
        issue = self.found(name)
        self.may("ADD_COMMENTS")
        self.document(request, "comment", request.body.get("body"))
        made = self.store.comment(issue, self.acting, request.body["body"])
        shown = request.shapes.comment(issue, made)
        self.hooks.tell("comment_created", {"comment": shown, "issue": request.shapes.issue(issue)})
        return 201, shown

    def transitions(self, request: Request, name: str) -> tuple[int, Any]:
        issue = self.found(name)
        leads = [one for one in STATUSES if one.name != issue["status"] and "TRANSITION_ISSUES" not in self.denied]
        return 200, {"expand": "transitions", "transitions": [request.shapes.transition(one) for one in leads]}

    def transition(self, request: Request, name: str) -> tuple[int, Any]:
        issue = self.found(name)
        self.may("TRANSITION_ISSUES")
        wanted = str(request.body["transition"]["id"])
        status = next((one for one in STATUSES if one.transition[0] == wanted), None)
        if status is None or status.name == issue["status"]:
            raise Wrong(400, "It seems that you have tried to perform a workflow operation that is not valid.")
        self.store.transition(issue, status)
        self.tell("jira:issue_updated", request, issue)
        return 204, None

    def property(self, request: Request, name: str, key: str) -> tuple[int, Any]:
        found = self.found(name)["properties"]
        if key not in found:
            raise Wrong(404, f"The property with key {key} does not exist.")
        return 200, {"key": key, "value": found[key]}

    def put_property(self, request: Request, name: str, key: str) -> tuple[int, Any]:
        issue = self.found(name)
        new = key not in issue["properties"]
        self.store.change(issue, properties=issue["properties"] | {key: request.body})
        return 201 if new else 200, None

    def assign(self, request: Request, name: str) -> tuple[int, Any]:
        issue = self.found(name)
        self.may("ASSIGN_ISSUES")
        self.store.change(issue, assignee=self.account(request.body))
        self.tell("jira:issue_updated", request, issue)
        return 204, None

    def search_tokens(self, request: Request) -> tuple[int, Any]:
        found, start, size = self.searched(request, int(request.query.get("nextPageToken") or 0))
        last = start + size >= len(found)
        told = {"issues": self.shown(request, found[start : start + size]), "isLast": last}
        return 200, told if last else told | {"nextPageToken": str(start + size)}

    def search_pages(self, request: Request) -> tuple[int, Any]:
        found, start, size = self.searched(request, int(request.query.get("startAt", 0)))
        page = {"expand": "names,schema", "startAt": start, "maxResults": size, "total": len(found)}
        return 200, page | {"issues": self.shown(request, found[start : start + size])}

    def searched(self, request: Request, start: int) -> tuple[list[Issue], int, int]:
        text = request.query.get("jql", "")
        try:
            if self.cloud and not jql.parse(text).clauses:
                raise jql.BadJql("Unbounded JQL queries are not allowed here. Please add a search restriction.")
            found = self.store.search(text)
        except jql.BadJql as error:
            raise Wrong(400, str(error)) from error
        return found, start, int(request.query.get("maxResults", PAGE))

    def shown(self, request: Request, issues: list[Issue]) -> list[dict[str, Any]]:
        """Cloud gives ids alone unless fields are asked for."""
        fields = request.query.get("fields", "" if self.cloud else "*all")
        wanted = None if "*all" in fields or "*navigable" in fields else set(filter(None, fields.split(",")))
        properties = list(filter(None, request.query.get("properties", "").split(",")))
        return [request.shapes.issue(one, wanted, properties) for one in issues]

    def close(self, key: str, status: str, ago: float) -> None:
        """As people did it so many seconds ago."""
        issue = self.found(key)
        self.store.transition(issue, next(one for one in STATUSES if one.name == status))
        self.store.change(issue, resolutiondate=time.time() - ago)

    def act(self, key: str, person: str, **what: Any) -> None:
        """As somebody does in the browser: a ``status``, an ``assignee`` or a ``comment``."""
        issue, who = self.found(key), next(one for one in PEOPLE if one.name == person)
        shapes = Shapes("", self.cloud, "3" if self.cloud else "2")
        if "status" in what:
            self.store.transition(issue, next(one for one in STATUSES if one.name == what["status"]))
        if "assignee" in what:
            account = next((one.account for one in PEOPLE if one.name == what["assignee"]), None)
            self.store.change(issue, assignee=account)
        if "comment" in what:
            text = {"type": "paragraph", "content": [{"type": "text", "text": what["comment"]}]}
            body = {"type": "doc", "version": 1, "content": [text]} if self.cloud else what["comment"]
            self.store.comment(issue, who.account, body)
        event = "comment_created" if "comment" in what else "jira:issue_updated"
        self.hooks.tell(event, {"user": shapes.person(who.account), "issue": shapes.issue(issue)})

    def tell(self, event: str, request: Request, issue: Issue) -> None:
        who = request.shapes.person(self.acting)
        self.hooks.tell(event, {"user": who, "issue": request.shapes.issue(issue)})
