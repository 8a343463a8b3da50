"""The pages about records."""

from django.urls import path

from search import map_page, pages, parts, trace_list_page, trace_page

urlpatterns = [
    path("search/", pages.page, name="search"),
    path("search/rows/", pages.rows, name="search-rows"),
    path("search/histogram/", pages.histogram, name="search-histogram"),
    path("search/facets/", pages.facets, name="search-facets"),
    path("search/patterns/", parts.patterns, name="search-patterns"),
    path("search/saved/", parts.saved, name="search-saved"),
    path("search/suggestions/", parts.suggestions, name="search-suggestions"),
    path("search/records/<str:id>/", pages.record, name="search-record"),
    path("traces/", trace_list_page.page, name="traces"),
    path("traces/map/", map_page.page, name="service-map"),
    path("traces/list/rows/", trace_list_page.rows, name="traces-rows"),
    path("traces/list/durations/", trace_list_page.durations, name="traces-durations"),
    path("traces/<str:trace_id>/", trace_page.page, name="trace"),
    path("traces/<str:trace_id>/rows/", trace_page.rows, name="trace-rows"),
    path("traces/<str:trace_id>/spans/<str:span_id>/", trace_page.span, name="trace-span"),
]
