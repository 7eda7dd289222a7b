from django.urls import URLPattern, path

from analytics.api.views import ConcurrencyView, DaysView, LiveView, OverviewView

urlpatterns: list[URLPattern] = [
    path("live", LiveView.as_view(), name="analytics-api-live"),
    path("overview", OverviewView.as_view(), name="analytics-api-overview"),
    path("concurrency", ConcurrencyView.as_view(), name="analytics-api-concurrency"),
    path("days", DaysView.as_view(), name="analytics-api-days"),
]
