"""The pages about records."""

from django.urls import path

from search import pages

urlpatterns = [
    path("search/", pages.page, name="search"),
    path("search/rows/", pages.rows, name="search-rows"),
    path("search/histogram/", pages.histogram, name="search-histogram"),
    path("search/facets/", pages.facets, name="search-facets"),
    path("search/records/<str:id>/", pages.record, name="search-record"),
    path("traces/<str:trace_id>/", pages.trace, name="trace"),
]
