"""Dead letters: the list, its sums, one, what today's code makes of it, and back into the transport."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead, MayRequeue
from ingest import requeue
from ingest.api.shapes import (
    Edited,
    LetterInFull,
    LetterPage,
    LetterParams,
    LetterSerializer,
    LetterTrial,
    Requeue,
    Requeued,
    Summary,
)
from ingest.models import DeadLetter
from ingest.transport.interface import TransportFull
from search.api.pages import Pages, params
from search.api.problems import ApiView, InConflict, Later, problems
from telemetry.storable import storable

PAGES = Pages("created_at", lambda row: row, lambda row: LetterSerializer(row).data)
GONE = "there is no such letter"


class LetterListView(ApiView):
    @extend_schema(
        operation_id="dead_letters_list",
        tags=["dead letters"],
        parameters=[LetterParams],
        responses={200: LetterPage, **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Records that could not be used, newest first."""
        asked = params(request, LetterParams)
        rows = chosen(asked)
        if "settled" in asked:
            rows = rows.filter(settled_at__isnull=not asked["settled"])
        return Response(PAGES.answer(request, rows, asked, ""))


def chosen(asked: dict[str, Any]) -> QuerySet[DeadLetter]:
    return DeadLetter.objects.filter(**{name: asked[name] for name in ("reason", "service") if name in asked})


class LetterSummaryView(ApiView):
    @extend_schema(operation_id="dead_letters_summary", tags=["dead letters"], responses={200: Summary, **problems()})
    def get(self, request: Request) -> Response:
        """How many there are of each reason and sender, settled ones aside; the most first, at most 500."""
        return Response({"results": list(requeue.sums()), "next": None})


class LetterView(ApiView):
    @extend_schema(
        operation_id="dead_letters_retrieve", tags=["dead letters"], responses={200: LetterInFull, **problems(404)}
    )
    def get(self, request: Request, id: str) -> Response:
        """One, with what is left of its record after redaction."""
        return Response(LetterInFull(letter(id)).data)


def letter(id: str) -> DeadLetter:
    return get_object_or_404(DeadLetter, pk=storable(id))


class LetterTryView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="dead_letters_try",
        tags=["dead letters"],
        request=Edited,
        responses={200: LetterTrial, **problems(400, 404, 409)},
    )
    def post(self, request: Request, id: str) -> Response:
        """Decode, validate, enrich and redact it with today's code: the records it would become, or why it still can't
        be used. Nothing is stored."""
        found = letter(id)
        checked = Edited(data=request.data)
        checked.is_valid(raise_exception=True)
        try:
            return Response(requeue.shown(requeue.attempt(found, checked.validated_data.get("payload"))))
        except requeue.NotRequeued as why:
            raise InConflict(str(why)) from why


class RequeueView(ApiView):
    permission_classes = [MayRequeue]

    @extend_schema(
        operation_id="dead_letters_requeue",
        tags=["dead letters"],
        request=Requeue,
        responses={200: Requeued, **problems(400, 403, 503)},
    )
    def post(self, request: Request) -> Response:
        """Put letters back into the transport: the given ones, or up to 1,000 of a reason or sender; ``after`` goes on
        with the next. A letter that is requeued twice adds its record once. What is requeued is the redacted payload:
        nothing else was kept."""
        checked = Requeue(data=request.data)
        checked.is_valid(raise_exception=True)
        asked = checked.validated_data
        if "ids" in asked:
            letters, after = list(DeadLetter.objects.filter(id__in=asked["ids"])), None
        else:
            letters, after = requeue.portion(chosen(asked), asked.get("after", ""))
        try:
            done = requeue.requeue(letters, request.user.get_username(), asked.get("payload"))
        except TransportFull as full:
            raise Later(str(full), full.retry_after) from full
        passed_over = done.passed_over
        if "ids" in asked and (gone := len(set(asked["ids"])) - len(letters)):
            passed_over = passed_over | {GONE: gone}
        return Response(
            {
                "requeued": done.requeued,
                "passed_over": [{"why": why, "count": count} for why, count in passed_over.items()],
                "left": chosen(asked).filter(settled_at=None, id__gt=after).count() if after else 0,
                "after": after,
            }
        )
