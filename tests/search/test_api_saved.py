"""Saved searches: private until shared, each owner's names their own, and only what the search page would take."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.accounts.test_tokens import token_of
from tests.staff import signed_in

pytestmark = pytest.mark.django_db
SAVED = "/api/v1/saved-searches/"
QUERY = 'level:error AND "connection refused"'
SEARCH = {
    "name": "refused",
    "query": 'level:error AND "connection refused"',
    "range": "24h",
    "columns": "host,attrs.ms",
}


def send(client, method, url, body=None, **headers):
    answer = client.generic(method, url, "" if body is None else json.dumps(body), "application/json", headers=headers)
    return answer.status_code, answer.json() if answer.content else None


def names(client):
    return [one["name"] for one in send(client, "GET", SAVED)[1]["results"]]


def test_a_search_is_kept_found_changed_and_forgotten():
    ada = signed_in("viewer", "ada")
    code, made = send(ada, "POST", SAVED, SEARCH)
    assert (code, made["owner"], made["shared"]) == (201, "ada", False)
    assert ada.get(made["url"]).context["asked"].query == QUERY
    assert ada.get(made["url"]).context["asked"].columns == ["host", "attrs.ms"]
    assert send(ada, "GET", f"{SAVED}{made['id']}/") == (200, made)
    code, changed = send(ada, "PUT", f"{SAVED}{made['id']}/", SEARCH | {"query": "refused"})
    assert (code, changed) == (200, made | {"query": "refused", "url": changed["url"]})
    assert send(ada, "DELETE", f"{SAVED}{made['id']}/")[0] == 204
    assert names(ada) == []


def test_others_see_only_what_is_shared_and_change_nothing():
    ada, bob = signed_in("responder", "ada"), signed_in("responder", "bob")
    send(ada, "POST", SAVED, SEARCH)
    _, shared = send(ada, "POST", SAVED, SEARCH | {"name": "ours", "shared": True})
    assert names(ada) == ["ours", "refused"]
    assert names(bob) == ["ours"]
    assert send(bob, "PUT", f"{SAVED}{shared['id']}/", SEARCH)[0] == 404
    assert send(bob, "DELETE", f"{SAVED}{shared['id']}/")[0] == 404
    assert send(bob, "POST", SAVED, SEARCH)[0] == 201  # their names are their own


def test_two_of_one_name_are_a_conflict():
    ada = signed_in("responder", "ada")
    send(ada, "POST", SAVED, SEARCH)
    assert send(ada, "POST", SAVED, SEARCH) == (409, {"detail": "there is a search named 'refused' already"})
    _, other = send(ada, "POST", SAVED, SEARCH | {"name": "other"})
    assert send(ada, "PUT", f"{SAVED}{other['id']}/", SEARCH)[0] == 409


@pytest.mark.parametrize(
    ("change", "wrong"),
    [({"query": "servce:x"}, "query"), ({"range": "2h"}, "range"), ({"name": ""}, "name"), ({"shared": 1}, "shared")],
)
def test_what_the_page_would_not_take_is_refused_by_name(change, wrong):
    code, told = send(signed_in("responder", "ada"), "POST", SAVED, SEARCH | change)
    assert (code, list(told["errors"])) == (400, [wrong])


def test_sharing_needs_a_responder_and_keeping_a_token_that_may_more_than_read():
    viewer = signed_in("viewer", "vera")
    assert send(viewer, "POST", SAVED, SEARCH | {"shared": True})[0] == 403
    user = User.objects.get(username="vera")
    for scope, code in (("read", 403), ("act", 201)):
        bearer = {"Authorization": f"Bearer {token_of(user, scope=scope)[0]}"}
        assert send(Client(), "POST", SAVED, SEARCH, **bearer)[0] == code
        assert send(Client(), "GET", SAVED, **bearer)[0] == 200
    assert send(Client(), "GET", SAVED)[0] == 401
