"""The addresses of automation under /api/v1/."""

from django.urls import path, re_path

from integrations.automation import api
from search.api.problems import NothingHere

urlpatterns = [
    path("actions/", api.ActionListView.as_view(), name="api-actions"),
    path("actions/<str:name>/", api.ActionView.as_view(), name="api-action"),
    path("action-runs/", api.RunListView.as_view(), name="api-action-runs"),
    path("alerts/<uuid:id>/action/", api.AlertActionView.as_view(), name="api-alert-action"),
    path("alerts/<uuid:id>/action/ask/", api.AskView.as_view(), name="api-alert-action-ask"),
    path("alerts/<uuid:id>/action/approve/", api.ApproveView.as_view(), name="api-alert-action-approve"),
    path("alerts/<uuid:id>/action/reject/", api.RejectView.as_view(), name="api-alert-action-reject"),
    re_path(r"^(actions|action-runs)/[\s\S]*/$", NothingHere.as_view()),
]
