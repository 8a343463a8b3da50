"""Issues in a SQLite file: what is answered is on disk. Search sees a change only when the index has caught up."""

import copy
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers.jira import jql
from tests.servers.jira.world import BOT, PROJECT, STATUSES, Status

Issue = dict[str, Any]


class Store:
    def __init__(self, data: Path) -> None:
        self.lock = threading.RLock()
        self.lag = 0.0
        data.mkdir(parents=True, exist_ok=True)
        self.file = sqlite3.connect(data / "jira.sqlite3", check_same_thread=False, isolation_level=None)
        self.file.execute("CREATE TABLE IF NOT EXISTS issue (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        self.file.execute("CREATE TABLE IF NOT EXISTS hook (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        self.file.execute("PRAGMA synchronous=OFF")
        self.issues: dict[str, Issue] = {}
        for _, body in self.file.execute("SELECT id, body FROM issue ORDER BY id"):
            issue = json.loads(body)
            self.issues[issue["key"]] = issue
        self.hooks = {number: json.loads(body) for number, body in self.file.execute("SELECT id, body FROM hook")}
        self.numbers = max([jql.number(key) for key in self.issues], default=0)
        self.serial = 100_000 + sum(len(issue["comments"]) + len(issue["links"]) for issue in self.issues.values())

    def create(self, fields: dict[str, Any], properties: dict[str, Any]) -> Issue:
        with self.lock:
            self.numbers += 1
            now = time.time()
            issue: Issue = {
                "id": str(10_000 + self.numbers),
                "key": f"{PROJECT['key']}-{self.numbers}",
                "project": PROJECT["key"],
                "labels": [],
                "components": [],
                "assignee": None,
                "reporter": BOT.account,
                "priority": "Medium",
                "description": None,
                "custom": {},
                **fields,
                "resolutiondate": None,
                "created": now,
                "comments": [],
                "properties": properties,
                "links": [],
                "shadow": None,
            }
            move(issue, STATUSES[0])
            self.issues[issue["key"]] = issue
            self.keep(issue)
            return issue

    def find(self, name: str) -> Issue | None:
        """By key or id, at once: no index in between."""
        return self.issues.get(name) or next((one for one in self.issues.values() if one["id"] == name), None)

    def change(self, issue: Issue, **fields: Any) -> None:
        with self.lock:
            self.shade(issue)
            issue.update(fields)
            self.keep(issue)

    def transition(self, issue: Issue, status: Status) -> None:
        with self.lock:
            self.shade(issue)
            move(issue, status)
            self.keep(issue)

    def comment(self, issue: Issue, author: str, body: Any) -> dict[str, Any]:
        with self.lock:
            self.shade(issue)
            self.serial += 1
            made = {"id": str(self.serial), "author": author, "body": body, "created": time.time()}
            issue["comments"].append(made)
            self.keep(issue)
            return made

    def link(self, kind: str, inward: Issue, outward: Issue) -> None:
        with self.lock:
            self.serial += 1
            made = {"id": str(self.serial), "type": kind, "inward": inward["key"], "outward": outward["key"]}
            for issue in (inward, outward):
                issue["links"].append(made)
                self.keep(issue)

    def hook(self, body: dict[str, Any]) -> int:
        with self.lock:
            number = max(self.hooks, default=0) + 1
            self.hooks[number] = body
            self.file.execute("INSERT INTO hook VALUES (?, ?)", (number, json.dumps(body)))
            return number

    def shade(self, issue: Issue) -> None:
        """What search goes on to see until the index has caught up."""
        if time.time() >= issue["visible_at"]:
            issue["shadow"] = {name: copy.copy(issue[name]) for name in ("labels", "status", "updated", "properties")}

    def keep(self, issue: Issue) -> None:
        issue["updated"] = time.time()
        issue["visible_at"] = issue["updated"] + self.lag
        self.file.execute("INSERT OR REPLACE INTO issue VALUES (?, ?)", (int(issue["id"]), json.dumps(issue)))

    def search(self, text: str) -> list[Issue]:
        asked = jql.parse(text)
        with self.lock:
            found = [issue for seen, issue in self.indexed() if all(jql.holds(one, seen) for one in asked.clauses)]

        def order(issue: Issue) -> Any:
            return jql.number(issue["key"]) if asked.order in ("key", "issuekey") else issue.get(asked.order, 0)

        return sorted(found, key=order, reverse=asked.descending)

    def indexed(self) -> Iterator[tuple[Issue, Issue]]:
        now = time.time()
        for issue in self.issues.values():
            if now >= issue["visible_at"]:
                yield issue, issue
            elif issue["shadow"] is not None:
                yield issue | issue["shadow"], issue


def move(issue: Issue, status: Status) -> None:
    issue["status"], issue["statuscategory"], issue["resolution"] = status.name, status.category, status.resolution
    issue["resolutiondate"] = time.time() if status.resolution else None
