"""The history of a rule: its versions, and the way back to one."""

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead, MayRewrite
from alerts.api.rule_files import ChangeSerializer
from alerts.api.rule_shapes import RuleSerializer
from alerts.models import Rule, RuleVersion
from alerts.rule_history import Step, Unreturnable, fields, roll_back, steps
from alerts.rule_preview import sentence
from search.api.problems import ApiView, problems


class VersionSerializer(serializers.Serializer[Any]):
    """``rule``: the rule's fields as they were; ``changes``: against the version before."""

    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    author = serializers.CharField()
    note = serializers.CharField()
    sentence = serializers.CharField()
    rule = serializers.DictField()
    changes = ChangeSerializer(many=True)


class VersionList(serializers.Serializer[Any]):
    results = VersionSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class RollBackSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, max_value=2_147_483_647)


class RuleVersionsView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(operation_id="rules_versions", tags=["rules"], responses={200: VersionList, **problems(404)})
    def get(self, request: Request, slug: str) -> Response:
        """All that the rule was, the newest first."""
        found = steps(get_object_or_404(Rule, slug=slug))
        return Response({"results": [version_json(step) for step in found], "next": None})


class RollBackView(ApiView):
    permission_classes = [MayRewrite]
    queryset = Rule.objects.all()

    @extend_schema(
        operation_id="rules_rollback",
        tags=["rules"],
        request=RollBackSerializer,
        responses={200: RuleSerializer, **problems(400, 403, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make the rule what it was in a version. That is a new version; nothing is lost."""
        asked = RollBackSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            rule = roll_back(slug, asked.validated_data["version"], request.user.get_username())
        except (Rule.DoesNotExist, RuleVersion.DoesNotExist) as error:
            raise NotFound("there is no such rule or version") from error
        except Unreturnable as error:
            raise ValidationError({"version": [str(error)]}) from error
        return Response(RuleSerializer(rule).data)


def version_json(step: Step) -> dict[str, Any]:
    version = step.version
    return {
        **{name: getattr(version, name) for name in ("version", "created_at", "author", "note")},
        "sentence": sentence(version.spec),
        "rule": fields(version),
        "changes": msgspec.to_builtins(step.changes),
    }
