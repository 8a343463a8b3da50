"""A rule, or a draft of it, over stored history."""

import time

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead
from alerts.api.replay_shapes import ReplayRequest, ReplaySerializer, draft_of, replay_json
from alerts.api.rule_shapes import refuse_wrong
from alerts.models import Rule
from alerts.rehearsal import rehearse
from search.api.problems import ApiView, problems

SECONDS = 50.0  # a request may take


class ReplayView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="rules_replay",
        tags=["rules"],
        request=ReplayRequest,
        responses={200: ReplaySerializer, **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """What a rule would have done over stored history, and what a draft of it would change. Nothing is stored.
        After 50 seconds it stops where it is, and says so: ``complete`` is false."""
        rule = get_object_or_404(Rule.objects.select_related("issue"), slug=slug)
        asked = ReplayRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        refuse_wrong(rule)
        draft = draft_of(rule, asked.validated_data.get("draft"))
        until = asked.validated_data.get("until")
        if until and until >= timezone.now():
            until = None
        stop = time.monotonic() + SECONDS
        played = rehearse(rule, draft, asked.validated_data["since"], until, lambda *_: time.monotonic() < stop)
        return Response(replay_json(rule, played))
