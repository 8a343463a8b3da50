"""A site, by the library `jira`: what we ask of it, in our words; what goes wrong is passing, permanent, or unknown."""

import base64
import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import jira
import stamina

from integrations.destinations.kind import Permanent, Settings
from integrations.jira.answers import Missing, Unknown, against, answered, worth_a_try
from integrations.outbound.http import Adapter, session

SECONDS = 10.0  # one call, at most
MOST_BYTES = 8 * 2**20
PROPERTY = "stacklens"
FIELDS = "summary,status,resolution,resolutiondate,assignee,labels,updated"
READ = {"attempts": 3, "timeout": 20.0, "wait_initial": 0.2, "wait_max": 2.0}
COMMENTS = 20

# the libraries' warnings hold headers and bodies, or nothing that the error doesn't say
logging.getLogger("stamina").setLevel(logging.ERROR)
logging.getLogger("jira").setLevel(logging.CRITICAL)
logging.getLogger("jira.resilientsession").setLevel(logging.CRITICAL)


class Seen(NamedTuple):
    """An issue as the site shows it. ``resolved_at``, ``updated``: ISO 8601 as it gives them."""

    key: str
    status: str
    done: bool
    resolution: str
    resolved_at: str
    assignee: Mapping[str, Any] | None
    labels: Sequence[str]
    updated: str
    problem: str  # in our property

    @property
    def who(self) -> str:
        return str((self.assignee or {}).get("displayName") or "")


class Client:
    """One thread's. Reads are tried several times, writes once: what becomes of them is for the caller to find out."""

    def __init__(self, settings: Settings) -> None:
        self.cloud = settings.get("flavour", "cloud") == "cloud"
        self.project = str(settings["project"])
        token, email = str(settings["token"]), str(settings.get("email", ""))
        self.secrets = (token, base64.b64encode(f"{email}:{token}".encode()).decode())
        self.library = jira.JIRA(
            str(settings["site"]).rstrip("/"),
            options={"rest_api_version": "3" if self.cloud else "2"},
            basic_auth=(email, token) if self.cloud else None,
            token_auth=None if self.cloud else token,
            get_server_info=False,
            max_retries=0,
            timeout=SECONDS,
        )
        self.library.deploymentType = "Cloud" if self.cloud else "Server"
        self.metas: dict[str, dict[str, dict[str, Any]]] = {}
        library, safe = self.library._session, session(Adapter(seconds=SECONDS, most=MOST_BYTES))
        library.adapters, library.verify, library.trust_env = safe.adapters, safe.verify, safe.trust_env

    def close(self) -> None:
        self.library.close()  # type: ignore[no-untyped-call]

    def create(self, fields: Mapping[str, Any], problem: str, generation: int) -> str:
        """The new issue's key. The property is set with it: there is no moment at which only one of them is there."""
        properties = [{"key": PROPERTY, "value": {"problem": problem, "generation": generation}}]
        made = self.write("POST", "issue", {"fields": dict(fields), "properties": properties})
        if not isinstance(made, dict) or "key" not in made:
            raise Unknown("it answered a create with something else than an issue")
        return str(made["key"])

    def refused(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """What the site has against an issue of these fields, by field. They must lack what it can't do without."""
        with answered(self.secrets, unknown=True):
            try:
                body = json.dumps({"fields": dict(fields)})
                answer = self.library._session.request("POST", self.library._get_url("issue"), data=body)
            except jira.JIRAError as error:
                if error.status_code != 400:
                    raise
                return against(error)
        raise Permanent(f"it made {answer.json().get('key')}, which nobody wants")

    def edit(self, key: str, fields: Mapping[str, Any]) -> None:
        self.write("PUT", f"issue/{key}", {"fields": fields})

    def add_label(self, key: str, label: str) -> None:
        self.write("PUT", f"issue/{key}", {"update": {"labels": [{"add": label}]}})

    def remember(self, key: str, problem: str, generation: int) -> None:
        """For an issue that we didn't make."""
        self.write("PUT", f"issue/{key}/properties/{PROPERTY}", {"problem": problem, "generation": generation})

    def comment(self, key: str, body: Any) -> None:
        self.write("POST", f"issue/{key}/comment", {"body": body})

    def transition(self, key: str, id: str) -> None:
        self.write("POST", f"issue/{key}/transitions", {"transition": {"id": id}})

    def assign(self, key: str, who: Mapping[str, Any] | None) -> None:
        name = "accountId" if self.cloud else "name"
        self.write("PUT", f"issue/{key}/assignee", {name: who[name] if who else None})

    def link(self, kind: str, new: str, old: str) -> None:
        ends = {"inwardIssue": {"key": new}, "outwardIssue": {"key": old}}
        self.write("POST", "issueLink", {"type": {"name": kind}, **ends})

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        with answered(self.secrets, unknown=True):
            answer = self.library._session.request(method, self.library._get_url(path), data=json.dumps(body))
            return answer.json() if answer.content else None

    def read(self, path: str, **params: Any) -> Any:
        for attempt in stamina.retry_context(on=worth_a_try, **READ):  # type: ignore[arg-type]
            with attempt, answered(self.secrets):
                return self.library._get_json(path, params=params)
        raise AssertionError("stamina ends with an answer or an exception")

    def issue(self, key: str) -> Seen | None:
        """By its key, from the site's database and not from its index: what was created is seen at once."""
        try:
            return seen(self.read(f"issue/{key}", fields=FIELDS, properties=PROPERTY))
        except Missing:
            return None

    def search(self, jql: str, most: int = 50) -> list[Seen]:
        """From the index, which may be behind."""
        path = "search/jql" if self.cloud else "search"
        found = self.read(path, jql=jql, fields=FIELDS, properties=PROPERTY, maxResults=most)
        return [seen(one) for one in found.get("issues", ())]

    def everything(self, jql: str, page: int) -> list[Seen]:
        """All that the index has."""
        path = "search/jql" if self.cloud else "search"
        found: list[Seen] = []
        more: dict[str, Any] = {}
        while True:
            told = self.read(path, jql=jql, fields=FIELDS, properties=PROPERTY, maxResults=page, **more)
            issues = told.get("issues", ())
            found += [seen(one) for one in issues]
            token = told.get("nextPageToken")
            if not issues or (self.cloud and not token) or (not self.cloud and len(found) >= told.get("total", 0)):
                return found
            more = {"nextPageToken": token} if self.cloud else {"startAt": len(found)}

    def comments(self, key: str) -> list[dict[str, Any]]:
        """The last ones, newest first."""
        found = self.read(f"issue/{key}/comment", orderBy="-created", maxResults=COMMENTS)
        return sorted(found.get("comments", ()), key=lambda one: int(one["id"]), reverse=True)

    def assignable(self, words: str) -> list[dict[str, Any]]:
        """People who can be on issues of the project, by an e-mail or a name."""
        name = "query" if self.cloud else "username"
        return list(self.read("user/assignable/search", project=self.project, **{name: words}))

    def transitions(self, key: str) -> list[dict[str, Any]]:
        return list(self.read(f"issue/{key}/transitions").get("transitions", ()))

    def issue_types(self) -> dict[str, str]:
        """Name by id."""
        page = self.read(f"issue/createmeta/{self.project}/issuetypes", maxResults=200)
        return {one["id"]: one["name"] for one in page.get("issueTypes") or page.get("values", ())}

    def create_fields(self, type_id: str) -> dict[str, dict[str, Any]]:
        """What createmeta says of each field that can be set, by its id."""
        page = self.read(f"issue/createmeta/{self.project}/issuetypes/{type_id}", maxResults=200)
        return {one["fieldId"]: one for one in page.get("fields") or page.get("values", ())}

    def meta(self, issue_type: str) -> dict[str, dict[str, Any]]:
        """The same for a type's name, asked once. Raises Permanent when there is no such type."""
        if issue_type not in self.metas:
            types = {name.casefold(): id for id, name in self.issue_types().items()}
            if issue_type.casefold() not in types:
                raise Permanent(f"the project has no issue type {issue_type}; it has {', '.join(sorted(types))}")
            self.metas[issue_type] = self.create_fields(types[issue_type.casefold()])
        return self.metas[issue_type]


IDLE = 8  # connections that are kept for each account
IDLERS: dict[tuple[str, ...], list[Client]] = {}
LOCK = threading.Lock()


@contextmanager
def client_of(settings: Settings) -> Iterator[Client]:
    """One that nobody else uses, with its connection and what it knows of the project, kept for the next."""
    account = tuple(str(settings.get(name, "")) for name in ("site", "flavour", "project", "email", "token"))
    with LOCK:
        idle = IDLERS.setdefault(account, [])
        client = idle.pop() if idle else None
    client = client or Client(settings)
    try:
        yield client
    finally:
        with LOCK:
            if keep := len(idle) < IDLE:
                idle.append(client)
        if not keep:
            client.close()


def close_clients() -> None:
    with LOCK:
        idle = [client for clients in IDLERS.values() for client in clients]
        IDLERS.clear()
    for client in idle:
        client.close()


def seen(issue: Mapping[str, Any]) -> Seen:
    fields = issue.get("fields") or {}
    status = fields.get("status") or {}
    return Seen(
        key=issue["key"],
        status=str(status.get("name", "")),
        done=(status.get("statusCategory") or {}).get("key") == "done",
        resolution=str((fields.get("resolution") or {}).get("name", "")),
        resolved_at=str(fields.get("resolutiondate") or ""),
        assignee=fields.get("assignee"),
        labels=fields.get("labels") or (),
        updated=str(fields.get("updated", "")),
        problem=str(((issue.get("properties") or {}).get(PROPERTY) or {}).get("problem", "")),
    )
