"""So many requests a minute for each token or user: counted in the database, whichever process answers."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiToken, ApiUse

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports its throttles

MINUTE = 60
COUNT = (
    f"INSERT INTO {ApiUse._meta.db_table} (who, minute, requests) VALUES (%s, %s, 1)"  # noqa: S608 - no value in it
    f" ON CONFLICT (who, minute) DO UPDATE SET requests = {ApiUse._meta.db_table}.requests + 1 RETURNING requests"
)


class PerMinute(BaseThrottle):
    """429 beyond STACKLENS_API_RATE, with the seconds until the minute is over."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        limit = settings.API_RATE
        if not limit or not request.user.is_authenticated:
            return True
        return count(whose(request), int(time.time()) // MINUTE) <= limit

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE


def whose(request: Request) -> str:
    return f"token {request.auth.pk}" if isinstance(request.auth, ApiToken) else f"user {request.user.pk}"


def count(who: str, minute: int) -> int:
    """This request included. One statement, so that no two processes count the same."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [who, minute])
        requests = int(cursor.fetchone()[0])
    if requests == 1:  # the first of a minute takes away what nobody asks for any more
        ApiUse.objects.filter(who=who, minute__lt=minute).delete()
    return requests
