"""URL routes of tracking: public answer, partner API, console and customer pages."""

from django.urls import include, path

from tracking.api.health import show_liveness, show_readiness
from tracking.api.public import show_public
from tracking.pages.fleet_json import show_fleet

urlpatterns = [
    path("tracking/<str:shipment_id>", show_public, name="public"),
    # The same answer with a slash at the end.
    path("tracking/<str:shipment_id>/", show_public),
    path("api/", include("tracking.api.urls")),
    path("healthz", show_liveness),
    path("readyz", show_readiness),
    path("ops/fleet.json", show_fleet, name="fleet_json"),
    path("ops/", include("tracking.pages.ops_urls")),
    path("", include("tracking.pages.customer_urls")),
]
