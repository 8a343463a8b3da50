"""Every address, once."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from ingest import pages as ingest_pages
from stacklens_site import status

urlpatterns = [
    path("", include("alerts.urls")),
    path("", include("search.urls")),
    path("", include("integrations.urls")),
    path("system/", ingest_pages.system, name="system"),
    path("system/panel/", ingest_pages.panel, name="system-panel"),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("ingest.api_urls")),
    path("api/v1/", include("integrations.automation.api_urls")),
    path("api/v1/", include("integrations.api.urls")),
    path("api/v1/", include("alerts.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(), name="docs"),
    path("healthz", status.healthz),
    path("readyz", status.readyz),
    path("metrics", status.metrics),
]
