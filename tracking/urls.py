"""The addresses of tracking: public answer, partner API, console and customer pages."""

from django.urls import include, path

urlpatterns = [
    path("ops/", include("tracking.pages.ops_urls")),
    path("", include("tracking.pages.customer_urls")),
]
