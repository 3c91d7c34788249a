"""Root URLs of the product."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("tracking.urls")),
    path("ops/", include("notifications.urls")),
    path("ops/", include("workers.urls")),
    path("admin/", admin.site.urls),
]
