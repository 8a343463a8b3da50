"""The stand-in: the library `jira` talks to it as it does to the real ones, and its troubles are real troubles."""

import time

import jira as library
import pytest
import requests

from tests.servers.jira.process import EMAIL, TOKEN


@pytest.fixture
def client(jira):
    cloud = jira.flavour == "cloud"
    made = library.JIRA(
        jira.url,
        options={"rest_api_version": "3" if cloud else "2"},
        basic_auth=(EMAIL, TOKEN) if cloud else None,
        token_auth=None if cloud else TOKEN,
        max_retries=0,
        timeout=2,
    )
    yield made
    made.close()


def text(jira, words):
    if jira.flavour != "cloud":
        return words
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}],
    }


def fields(jira, label, **more):
    named = {"project": {"key": "SHOP"}, "issuetype": {"name": "Bug"}}
    return named | {"summary": "Broken", "description": text(jira, "all of it"), "labels": [label], **more}


def test_the_library_does_with_it_what_it_does_with_the_real_ones(client, jira):
    assert client.myself()["emailAddress"] == EMAIL
    made = client.create_issue(fields(jira, "library"))
    client.add_issue_property(made.key, "stacklens", {"fingerprint": "abc"})
    client.add_comment(made.key, text(jira, "again"))
    client.transition_issue(made.key, "Done")
    other = client.create_issue(fields(jira, "other"))
    client.create_issue_link("Relates", other.key, made.key)
    found = client.search_issues(f'labels = library AND key = "{made.key}"', fields="status,resolution,issuelinks")
    assert [(one.key, one.fields.status.name, one.fields.resolution.name) for one in found] == [
        (made.key, "Done", "Done")
    ]
    assert client.issue_property(made.key, "stacklens").raw["value"] == {"fingerprint": "abc"}
    assert [comment.raw["body"] for comment in client.comments(made.key)] == [text(jira, "again")]
    by_property = client.search_issues('issue.property[stacklens].fingerprint = "abc" AND updated >= -5m')
    assert made.key in [one.key for one in by_property]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"summary": "two\nlines"}, "summary"),
        ({"labels": ["two words"]}, "labels"),
        ({"priority": {"name": "Urgent"}}, "priority"),
        ({"customfield_1": "x"}, "customfield_1"),
        ({"issuetype": {"name": "Incident"}}, "customfield_10050"),
    ],
)
def test_it_refuses_what_jira_refuses(client, jira, wrong, field):
    with pytest.raises(library.JIRAError) as refused:
        client.create_issue(fields(jira, "wrong", **wrong))
    assert refused.value.response is not None
    assert (refused.value.status_code, field in refused.value.response.json()["errors"]) == (400, True)


def test_what_was_created_is_found_at_once_by_key_and_by_search_when_the_index_is_there(client, jira):
    jira.control(lag=0.6)
    made = client.create_issue(fields(jira, "late"), prefetch=False)
    assert client.issue(made.key).key == made.key
    assert list(client.search_issues("labels = late")) == []
    time.sleep(0.7)
    assert [one.key for one in client.search_issues("labels = late")] == [made.key]


def test_it_can_create_and_be_silent(client, jira):
    jira.control(faults=[{"match": "POST .*/issue$", "do": "done-then-reset", "times": 1}])
    with pytest.raises(requests.ConnectionError):
        client.create_issue(fields(jira, "silent"))
    assert len([issue for issue in jira.issues() if issue["labels"] == ["silent"]]) == 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"do": "status", "status": 429, "headers": {"Retry-After": "3"}}, 429),
        ({"do": "html", "status": 502}, 502),
        ({"do": "status", "status": 401}, 401),
    ],
)
def test_it_can_be_told_to_fail(client, jira, fault, status):
    jira.control(faults=[{"match": "myself", **fault}])
    with pytest.raises(library.JIRAError) as failed:
        client.myself()
    assert failed.value.status_code == status


def test_what_it_answered_outlives_a_kill(client, jira):
    made = client.create_issue(fields(jira, "kept"))
    jira.kill()
    jira.start()
    assert client.issue(made.key).raw["fields"]["labels"] == ["kept"]
