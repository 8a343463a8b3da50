"""The stand-in answers as Atlassian describes Jira Cloud: what we use, of the right types, under no other names."""

import base64
import json
import subprocess
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.servers.jira.process import EMAIL, TOKEN, Jira
from tests.servers.jira.test_jira import text
from tests.tools import ROOT, node_packages, program

FOLDER = ROOT / "tests" / "servers" / "jira" / "schemas"
# what is asked, the name of its schema, and the way in the answer to what the schema is of
ASKED: list[tuple[str, str, str, list[Any]]] = [
    ("GET", "serverInfo", "ServerInformation", []),
    ("GET", "myself", "DashboardUser", []),
    ("GET", "mypermissions?permissions=BROWSE_PROJECTS", "Permissions", []),
    ("GET", "project/SHOP", "Project", []),
    ("GET", "priority", "Priority", [0]),
    ("GET", "user/assignable/search?project=SHOP&query=ada", "DashboardUser", [0]),
    ("GET", "issueLinkType", "IssueLinkTypes", []),
    ("GET", "issue/createmeta/SHOP/issuetypes", "PageOfCreateMetaIssueTypes", []),
    ("GET", "issue/createmeta/SHOP/issuetypes/10003", "PageOfCreateMetaIssueTypeWithField", []),
    ("POST", "issue", "CreatedIssue", []),
    ("POST", "issue", "CreatedIssue", []),
    ("POST", "issueLink", "", []),
    ("POST", "issue/SHOP-1/comment", "Comment", []),
    ("GET", "issue/SHOP-1/comment?orderBy=-created", "PageOfComments", []),
    ("GET", "issue/SHOP-1/transitions", "Transitions", []),
    ("GET", "issue/SHOP-1/editmeta", "IssueUpdateMetadata", []),
    ("GET", "issue/SHOP-1/properties/stacklens", "EntityProperty", []),
    ("GET", "issue/SHOP-1?properties=stacklens", "Issue", []),
    ("GET", "issue/SHOP-1", "StatusDetails", ["fields", "status"]),
    ("GET", "issue/SHOP-1", "UserDetails", ["fields", "reporter"]),
    ("GET", "issue/SHOP-1", "PageOfComments", ["fields", "comment"]),
    ("GET", "issue/SHOP-1", "IssueLink", ["fields", "issuelinks", 0]),
    ("GET", "search/jql?jql=project=SHOP&fields=status&maxResults=1", "SearchAndReconcileResults", []),
    ("GET", "issue/SHOP-99", "ErrorCollection", []),
    ("GET", "search/jql?jql=nonsense=1", "ErrorCollection", []),
]


@pytest.fixture(scope="module")
def site():
    server = Jira("cloud")
    yield server.start()
    server.remove()


def body(site: Jira, path: str) -> dict[str, Any]:
    if path == "issueLink":
        return {"type": {"name": "Relates"}, "inwardIssue": {"key": "SHOP-1"}, "outwardIssue": {"key": "SHOP-2"}}
    if path.endswith("comment"):
        return {"body": text(site, "again")}
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Bug"}, "summary": "Broken", "labels": ["stacklens"]}
    return {"fields": fields, "properties": [{"key": "stacklens", "value": {"problem": "abc"}}]}


def answer(site: Jira, method: str, path: str) -> Any:
    sign_in = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
    given = json.dumps(body(site, path)).encode() if method == "POST" else None
    headers = {"Authorization": f"Basic {sign_in}", "Content-Type": "application/json"}
    try:
        request = urllib.request.Request(f"{site.url}/rest/api/3/{path}", given, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as told:
            return json.loads(told.read() or b"null")
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def test_the_answers_that_are_used_are_of_the_published_schemas(site):
    told = []
    for method, path, schema, way in ASKED:
        found = answer(site, method, path)
        for step in way:
            found = found[step]
        if schema:
            told.append({"what": f"{method} {path} {way}", "schema": schema, "answer": found})
    command = [program("node"), "check.mjs"]
    given = json.dumps(told)
    checked = subprocess.run(
        command, cwd=node_packages(FOLDER), input=given, capture_output=True, text=True, timeout=60
    )
    assert (checked.returncode, checked.stdout.splitlines()) == (0, []), checked.stderr
