"""Rules: read, written, and tried out before they are."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayChange, MayRead
from alerts.api.rule_shapes import (
    NewRuleDraft,
    RuleDraft,
    RuleList,
    RuleSerializer,
    TrialSerializer,
    drafted,
    refuse_wrong,
    trial_json,
)
from alerts.models import Rule
from alerts.tryout import on_given, on_recent
from search.api.problems import ApiView, problems


class RuleListView(ApiView):
    permission_classes = [MayChange]
    queryset = Rule.objects.select_related("issue")

    @extend_schema(operation_id="rules_list", tags=["rules"], responses={200: RuleList, **problems()})
    def get(self, request: Request) -> Response:
        """All rules."""
        return Response({"results": RuleSerializer(self.queryset.all(), many=True).data, "next": None})

    @extend_schema(
        operation_id="rules_create",
        tags=["rules"],
        request=RuleSerializer,
        responses={201: RuleSerializer, **problems(400, 403)},
    )
    def post(self, request: Request) -> Response:
        """Make a rule. It judges what comes in from about a second later."""
        return saved(request, RuleSerializer(data=request.data), status.HTTP_201_CREATED)


class RuleView(ApiView):
    permission_classes = [MayChange]
    queryset = Rule.objects.select_related("issue")

    @extend_schema(operation_id="rules_retrieve", tags=["rules"], responses={200: RuleSerializer, **problems(404)})
    def get(self, request: Request, slug: str) -> Response:
        """One rule."""
        return Response(RuleSerializer(self.rule(slug)).data)

    @extend_schema(
        operation_id="rules_update",
        tags=["rules"],
        request=RuleSerializer,
        responses={200: RuleSerializer, **problems(400, 403, 404)},
    )
    def put(self, request: Request, slug: str) -> Response:
        """Write a rule anew; what it was is kept as a version."""
        return saved(request, RuleSerializer(self.rule(slug), data=request.data))

    @extend_schema(
        operation_id="rules_partial_update",
        tags=["rules"],
        request=RuleSerializer(partial=True),
        responses={200: RuleSerializer, **problems(400, 403, 404)},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change parts of a rule."""
        return saved(request, RuleSerializer(self.rule(slug), data=request.data, partial=True))

    @extend_schema(operation_id="rules_destroy", tags=["rules"], responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, slug: str) -> Response:
        """Delete a rule; its alerts stay. A default rule comes back with the next load_rules: switch it off instead."""
        self.rule(slug).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def rule(self, slug: str) -> Rule:
        return get_object_or_404(self.queryset.all(), slug=slug)


def saved(request: Request, serializer: RuleSerializer, code: int = status.HTTP_200_OK) -> Response:
    serializer.is_valid(raise_exception=True)
    serializer.save(by=request.user.get_username())
    return Response(serializer.data, status=code)


class DraftTestView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="rules_test_draft",
        tags=["rules"],
        request=NewRuleDraft,
        responses={200: TrialSerializer, **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """What a rule that doesn't exist yet would have done. Nothing is stored."""
        return Response(tested(None, NewRuleDraft(data=request.data)))


class RuleTestView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="rules_test",
        tags=["rules"],
        request=RuleDraft,
        responses={200: TrialSerializer, **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """What a rule would have done, with the changes in the body. Nothing is stored."""
        rule = get_object_or_404(Rule, slug=slug)
        return Response(tested(rule, RuleDraft(data=request.data)))


def tested(rule: Rule | None, draft: RuleDraft) -> dict[str, Any]:
    draft.is_valid(raise_exception=True)
    changed = drafted(rule, draft.validated_data)
    refuse_wrong(changed)
    records = draft.validated_data.get("records")
    if records is None:
        return trial_json(changed, on_recent(changed.spec(), timezone.now()))
    if changed.signal != "logs":
        raise ValidationError({"records": [f"these are logs, but the rule judges {changed.signal}"]})
    return trial_json(changed, on_given(changed.spec(), records, timezone.now()))
