"""The issue catalogue, to read."""

from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.shapes import IssueList, IssueSerializer
from alerts.models import IssueCode
from search.api.problems import ApiView, problems


class IssueListView(ApiView):
    @extend_schema(operation_id="issues_list", tags=["issues"], responses={200: IssueList, **problems()})
    def get(self, request: Request) -> Response:
        """All issue codes with what they mean and what probably fixes them."""
        return Response({"results": IssueSerializer(IssueCode.objects.all(), many=True).data, "next": None})


class IssueView(ApiView):
    @extend_schema(operation_id="issues_retrieve", tags=["issues"], responses={200: IssueSerializer, **problems(404)})
    def get(self, request: Request, code: str) -> Response:
        """One issue code."""
        return Response(IssueSerializer(get_object_or_404(IssueCode, pk=code)).data)
