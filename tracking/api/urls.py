"""The addresses of the partner API, its document and its docs."""

from csp.decorators import csp_update
from django.urls import path, re_path, register_converter
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from tracking.api.errors import answer_not_found
from tracking.api.events import Events
from tracking.api.shipments import ShipmentBatch, ShipmentById, Shipments


class IdConverter:
    """An id in an address: what cannot be one is an address that is none."""

    regex = r"[A-Za-z0-9._-]{1,64}"

    def to_python(self, value: str) -> str:
        """The id as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """The id as it stands."""
        return value


register_converter(IdConverter, "id")

# Swagger UI sets styles from its script; the policy is relaxed for this one page.
_allow_styles = csp_update({"style-src": ["'unsafe-inline'"]})
_docs = SpectacularSwaggerSplitView.as_view(url_name="schema", authentication_classes=[])

urlpatterns = [
    path("v1/shipments", Shipments.as_view(), name="shipments"),
    path("v1/shipments/batch", ShipmentBatch.as_view(), name="shipment_batch"),
    path("v1/shipments/<id:shipment_id>", ShipmentById.as_view(), name="shipment"),
    path("v1/events", Events.as_view(), name="events"),
    path("schema/", SpectacularAPIView.as_view(authentication_classes=[]), name="schema"),
    path("docs/", _allow_styles(_docs), name="docs"),
    re_path(r"^v1/", answer_not_found),
]
