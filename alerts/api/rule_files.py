"""Rules as files: written out, and brought in from a file of ours or from Sigma."""

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead, MayRewrite
from alerts.models import Rule
from alerts.rule_import import Imported, import_file, import_sigma
from alerts.rule_load import OUTCOMES, Way
from alerts.rulefile import exported
from search.api.fields import Flag, Text
from search.api.problems import ApiView, problems


class RuleFileSerializer(serializers.Serializer[Any]):
    """As config/rules/alert-rules.json; config/rules/alert-rules.schema.json describes it."""

    issues = serializers.ListField(child=serializers.DictField(), max_length=10_000)
    rules = serializers.ListField(child=serializers.DictField(), max_length=10_000)


class HowSerializer(serializers.Serializer[Any]):
    dry_run = Flag(default=False, help_text="Only say what would become of each.")
    overwrite = Flag(default=False, help_text="Also what a person has edited since.")

    def way(self, request: Request, note: str) -> Way:
        values = self.validated_data
        return Way(request.user.get_username(), note, values["overwrite"], values["dry_run"])


class ImportSerializer(HowSerializer):
    file = RuleFileSerializer()


class SigmaImportSerializer(HowSerializer):
    """``sigma``: one or more YAML documents."""

    sigma = Text(max_length=5_000_000, trim_whitespace=False)


class ChangeSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class FateSerializer(serializers.Serializer[Any]):
    what = serializers.ChoiceField(choices=["rule", "issue", "file"])
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    reason = serializers.CharField()
    changes = ChangeSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class ImportedSerializer(serializers.Serializer[Any]):
    """What became of each. ``applied``: it is so now; not after a dry run, nor where a file of ours has an error."""

    applied = serializers.BooleanField()
    results = FateSerializer(many=True)


class ExportView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(operation_id="rules_export", tags=["rules"], responses={200: RuleFileSerializer, **problems()})
    def get(self, request: Request) -> Response:
        """All rules and the issues they name, as a file that can be imported."""
        return Response(exported(Rule.objects.all()))


class ImportView(ApiView):
    permission_classes = [MayRewrite]
    queryset = Rule.objects.all()

    @extend_schema(
        operation_id="rules_import",
        tags=["rules"],
        request=ImportSerializer,
        responses={200: ImportedSerializer, **problems(400, 403)},
    )
    def post(self, request: Request) -> Response:
        """Bring in a file of rules: all of it, or nothing where something in it is refused."""
        asked = ImportSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(imported_json(import_file(asked.validated_data["file"], asked.way(request, "imported"))))


class SigmaImportView(ApiView):
    permission_classes = [MayRewrite]
    queryset = Rule.objects.all()

    @extend_schema(
        operation_id="rules_import_sigma",
        tags=["rules"],
        request=SigmaImportSerializer,
        responses={200: ImportedSerializer, **problems(400, 403)},
    )
    def post(self, request: Request) -> Response:
        """Bring in Sigma rules; what can't be expressed is refused with the reason, the rest is imported."""
        asked = SigmaImportSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        texts = [("sigma", asked.validated_data["sigma"])]
        return Response(imported_json(import_sigma(texts, asked.way(request, "imported from Sigma"))))


def imported_json(found: Imported) -> dict[str, Any]:
    return {"applied": found.applied, "results": msgspec.to_builtins(found.fates)}
