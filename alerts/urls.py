"""The pages about alerts."""

from django.urls import path

from alerts import pages
from alerts.metrics import page as metrics

urlpatterns = [
    path("", pages.dashboard, name="dashboard"),
    path("alerts/rows/", pages.rows, name="alert-rows"),
    path("alerts/histogram/", pages.bars, name="alert-histogram"),
    path("alerts/<uuid:alert_id>/", pages.alert_page, name="alert"),
    path("alerts/<uuid:alert_id>/panel/", pages.panel, name="alert-panel"),
    path("alerts/<uuid:alert_id>/cause/", pages.cause_part, name="alert-cause"),
    path("logs/<str:log_id>/rules/", pages.record_rules, name="log-rules"),
    path("logs/<str:log_id>/why/", pages.record_why, name="log-why"),
    path("metrics-explorer/", metrics.page, name="metrics-explorer"),
    path("traces/<str:trace_id>/alerts/", pages.of_trace, name="trace-alerts"),
]
