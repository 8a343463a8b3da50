"""The addresses of dead letters under /api/v1/."""

from django.urls import path, re_path

from ingest.api import letters
from search.api.problems import NothingHere

urlpatterns = [
    path("dead-letters/", letters.LetterListView.as_view(), name="api-dead-letters"),
    path("dead-letters/summary/", letters.LetterSummaryView.as_view(), name="api-dead-letters-summary"),
    path("dead-letters/requeue/", letters.RequeueView.as_view(), name="api-dead-letters-requeue"),
    path("dead-letters/<str:id>/", letters.LetterView.as_view(), name="api-dead-letter"),
    path("dead-letters/<str:id>/try/", letters.LetterTryView.as_view(), name="api-dead-letter-try"),
    re_path(r"^dead-letters/[\s\S]*/$", NothingHere.as_view()),
]
