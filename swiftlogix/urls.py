"""Root URLs of the product."""

from django.contrib import admin
from django.urls import include, path, re_path

from tracking.api.errors import answer_not_found

urlpatterns = [
    path("", include("tracking.urls")),
    path("api/", include("notifications.webhooks.api.urls")),
    path("", include("notifications.public_urls")),
    path("ops/", include("notifications.urls")),
    path("ops/", include("workers.urls")),
    path("admin/", admin.site.urls),
    # Stays last: it answers every path of the API that no app above has a route for.
    re_path(r"^api/v1/", answer_not_found),
]

handler400 = "tracking.pages.trouble.answer_bad_request"
handler403 = "tracking.pages.trouble.answer_forbidden"
handler404 = "tracking.pages.trouble.answer_missing"
handler500 = "tracking.pages.trouble.answer_failure"
