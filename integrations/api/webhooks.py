"""Where Jira tells us that an issue has changed. That is a hint: the issue itself is read, soon, by a notifier."""

import hashlib
import hmac

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.shapes import JiraEvent
from integrations.jira.poller import point_at
from integrations.models import Destination
from integrations.sealed import Unsealable, unseal
from search.api.problems import ApiView, problems

SIGNATURE = OpenApiParameter(
    "X-Hub-Signature",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="sha256=, and the HMAC of the body with the webhook's secret, in hexadecimal.",
)


class JiraWebhookView(ApiView):
    """403 without the right signature. A repeat does no harm."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="jira_webhook",
        tags=["tickets"],
        auth=[],
        parameters=[SIGNATURE],
        request=JiraEvent,
        responses={202: None, **problems(400, 403, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """An issue has changed. Its ticket is looked at within seconds."""
        body = request.body
        destination = get_object_or_404(Destination, slug=slug, kind="jira")
        if not signed(destination, body, request.headers.get("X-Hub-Signature", "")):
            raise PermissionDenied("the signature is missing or wrong")
        told = JiraEvent(data=request.data)
        told.is_valid(raise_exception=True)
        if issue := told.validated_data.get("issue"):
            point_at(destination, issue["key"])
        return Response(status=202)


def signed(destination: Destination, body: bytes, signature: str) -> bool:
    """Without a secret nothing is believed."""
    try:
        secret = unseal(destination.sealed["webhook_secret"])
    except (KeyError, Unsealable):
        return False
    ours = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(ours.encode(), signature.encode())
