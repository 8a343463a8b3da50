"""The API against its own description: nothing that schemathesis thinks of is answered otherwise than documented."""

import pytest
import schemathesis
from django.conf import settings as ours
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, assume
from hypothesis import settings as effort

from alerts.models import Rule
from ingest.models import DeadLetter
from tests.accounts.test_tokens import token_of

pytestmark = pytest.mark.django_db(transaction=True, databases={"default", ours.QUEUE_DATABASE})
EXAMPLES = 15  # of each operation
# a body of the right form may still name what isn't there, or hold a query that can't be read
LEFT_OUT = (schemathesis.checks.positive_data_acceptance,)

# what streams does so asynchronously, which WSGI can't
STREAMED = "/api/v1/logs/export/"

api = schemathesis.openapi.from_wsgi("/api/schema/?format=json", WSGIHandler())
PATHS = set(api.raw_schema["paths"])


@pytest.fixture
def secret(settings):
    """A superuser's token, and something to be found."""
    settings.API_RATE = 0
    Rule(slug="price", name="Price", query="error_code:PRICE_MISSING").save()
    DeadLetter.objects.create(id="otel-logs-0-1-0", reason="malformed", error="?", received_at=timezone.now())
    for signal in (request_started, request_finished):  # they would end the test's transaction with the request
        signal.disconnect(close_old_connections)
    yield token_of(User.objects.create_superuser("root"), scope="manage")[0]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@api.include(path_regex="^/api/v1/").exclude(path=STREAMED).parametrize()
@effort(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_documented(case, secret):
    # an id that is the name of a neighbour (logs/facets/) is answered by the neighbour, as described there
    assume(case.formatted_path == case.path or case.formatted_path not in PATHS)
    case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, excluded_checks=LEFT_OUT)
