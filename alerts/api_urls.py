"""The addresses under /api/v1/."""

from django.urls import path, re_path

from alerts.api import actions, alerts, inhibitions, issues, maintenance, replays, rules, scorecards, silences, why
from search.api import views as logs
from search.api.export import LogExportView
from search.api.problems import NothingHere

urlpatterns = [
    path("alerts/", alerts.AlertListView.as_view(), name="api-alerts"),
    path("alerts/count/", alerts.AlertCountView.as_view(), name="api-alerts-count"),
    path("alerts/bulk/", actions.BulkView.as_view(), name="api-alerts-bulk"),
    path("alerts/<uuid:id>/", alerts.AlertView.as_view(), name="api-alert"),
    path("alerts/<uuid:id>/transitions/", alerts.AlertTransitionsView.as_view(), name="api-alert-transitions"),
    path("alerts/<uuid:id>/acknowledge/", actions.AcknowledgeView.as_view(), name="api-alert-acknowledge"),
    path("alerts/<uuid:id>/assign/", actions.AssignView.as_view(), name="api-alert-assign"),
    path("alerts/<uuid:id>/snooze/", actions.SnoozeView.as_view(), name="api-alert-snooze"),
    path("alerts/<uuid:id>/resolve/", actions.ResolveView.as_view(), name="api-alert-resolve"),
    path("alerts/<uuid:id>/reopen/", actions.ReopenView.as_view(), name="api-alert-reopen"),
    path("alerts/<uuid:id>/merge/", actions.MergeView.as_view(), name="api-alert-merge"),
    path("alerts/<uuid:id>/verdict/", actions.VerdictView.as_view(), name="api-alert-verdict"),
    path("alerts/<uuid:id>/comment/", actions.CommentView.as_view(), name="api-alert-comment"),
    path("alerts/<uuid:id>/why/", why.AlertWhyView.as_view(), name="api-alert-why"),
    path("rules/", rules.RuleListView.as_view(), name="api-rules"),
    path("rules/test/", rules.DraftTestView.as_view(), name="api-rules-test"),
    path("rules/<slug:slug>/", rules.RuleView.as_view(), name="api-rule"),
    path("rules/<slug:slug>/scorecard/", scorecards.ScorecardView.as_view(), name="api-rule-scorecard"),
    path("rules/<slug:slug>/test/", rules.RuleTestView.as_view(), name="api-rule-test"),
    path("rules/<slug:slug>/replay/", replays.ReplayView.as_view(), name="api-rule-replay"),
    path("silences/", silences.SilenceListView.as_view(), name="api-silences"),
    path("silences/preview/", silences.SilencePreviewView.as_view(), name="api-silences-preview"),
    path("silences/<uuid:id>/", silences.SilenceView.as_view(), name="api-silence"),
    path("silences/<uuid:id>/end/", silences.SilenceEndView.as_view(), name="api-silence-end"),
    path("maintenance/", maintenance.MaintenanceListView.as_view(), name="api-maintenance"),
    path("maintenance/preview/", maintenance.MaintenancePreviewView.as_view(), name="api-maintenance-preview"),
    path("maintenance/<uuid:id>/", maintenance.MaintenanceView.as_view(), name="api-maintenance-window"),
    path("inhibitions/", inhibitions.InhibitionListView.as_view(), name="api-inhibitions"),
    path("inhibitions/preview/", inhibitions.InhibitionPreviewView.as_view(), name="api-inhibitions-preview"),
    path("inhibitions/<uuid:id>/", inhibitions.InhibitionView.as_view(), name="api-inhibition"),
    path("issues/", issues.IssueListView.as_view(), name="api-issues"),
    path("issues/<str:code>/", issues.IssueView.as_view(), name="api-issue"),
    path("logs/", logs.LogListView.as_view(), name="api-logs"),
    path("logs/count/", logs.LogCountView.as_view(), name="api-logs-count"),
    path("logs/histogram/", logs.LogHistogramView.as_view(), name="api-logs-histogram"),
    path("logs/facets/", logs.LogFacetsView.as_view(), name="api-logs-facets"),
    path("logs/export/", LogExportView.as_view(), name="api-logs-export"),
    path("logs/<str:id>/", logs.LogView.as_view(), name="api-log"),
    path("logs/<str:id>/context/", logs.LogContextView.as_view(), name="api-log-context"),
    path("logs/<str:id>/why/", why.LogWhyView.as_view(), name="api-log-why"),
    path("traces/<str:trace_id>/", logs.TraceView.as_view(), name="api-trace"),
    re_path(r"^(alerts|rules|silences|maintenance|inhibitions|issues|logs|traces)/[\s\S]*/$", NothingHere.as_view()),
]
