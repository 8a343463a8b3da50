"""How much of the API a token or user may use."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiUse
from accounts.throttle import count
from tests.accounts.test_tokens import token_of

pytestmark = pytest.mark.django_db


def test_beyond_the_rate_one_is_told_when_to_come_again(settings):
    settings.API_RATE = 2
    client = Client()
    client.force_login(User.objects.create_user("ada"))
    ApiUse.objects.all().delete()
    # the minute may turn once in between, so one of the first six is too many whatever the clock says
    answers = [client.get("/api/v1/issues/") for _ in range(6)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert "detail" in refused[0].json()


def test_each_token_has_its_own_count(settings):
    settings.API_RATE = 100
    user = User.objects.create_user("ada")
    for secret, _ in (token_of(user), token_of(user)):
        Client().get("/api/v1/issues/", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert {use.requests for use in ApiUse.objects.all()} == {1}


def test_a_new_minute_counts_anew_and_takes_the_old_one_away():
    assert [count("user 1", 7), count("user 1", 7), count("user 2", 7), count("user 1", 8)] == [1, 2, 1, 1]
    assert sorted(ApiUse.objects.values_list("who", "minute")) == [("user 1", 8), ("user 2", 7)]


def test_without_a_rate_nothing_is_counted(settings):
    settings.API_RATE = 0
    client = Client()
    client.force_login(User.objects.create_user("ada"))
    assert client.get("/api/v1/issues/").status_code == 200
    assert not ApiUse.objects.exists()
