"""URLs of the partner API, its OpenAPI document and its docs page."""

from csp.decorators import csp_update
from django.urls import path, register_converter
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from tracking.api.eta_quality import show_eta_quality
from tracking.api.events import Events
from tracking.api.feed import Changes
from tracking.api.incidents import IncidentAcknowledged, IncidentById, IncidentResolved, Incidents
from tracking.api.lanes import Lanes
from tracking.api.manifests import ManifestById, ManifestClosed, Manifests
from tracking.api.proofs import Proofs, show_proof
from tracking.api.shipments import ShipmentBatch, ShipmentById, Shipments
from tracking.api.tracked import Corrections, ManyTracked, ShipmentEvents, ShipmentExplained, Tracking
from tracking.api.usage import Usage
from tracking.api.vehicles import Positions, VehicleById, Vehicles


class IdConverter:
    """Converter of ids in paths. A path with an impossible id is not found."""

    regex = r"[A-Za-z0-9._-]{1,64}"

    def to_python(self, value: str) -> str:
        """Return the id unchanged."""
        return value

    def to_url(self, value: str) -> str:
        """Return the id unchanged."""
        return value


register_converter(IdConverter, "id")

# Swagger UI sets inline styles, so the policy of this one page allows them.
_allow_styles = csp_update({"style-src": ["'unsafe-inline'"]})
_docs = SpectacularSwaggerSplitView.as_view(
    url_name="schema", authentication_classes=[], template_name="tracking/api_docs.html"
)

urlpatterns = [
    path("v1/shipments", Shipments.as_view(), name="shipments"),
    path("v1/shipments/batch", ShipmentBatch.as_view(), name="shipment_batch"),
    path("v1/shipments/<id:shipment_id>", ShipmentById.as_view(), name="shipment"),
    path("v1/shipments/<id:shipment_id>/events", ShipmentEvents.as_view(), name="shipment_events"),
    path("v1/shipments/<id:shipment_id>/proofs", Proofs.as_view(), name="proofs"),
    path("v1/shipments/<id:shipment_id>/explain", ShipmentExplained.as_view(), name="explain"),
    path(
        "v1/shipments/<id:shipment_id>/events/<id:event_id>/corrections",
        Corrections.as_view(),
        name="corrections",
    ),
    path("v1/tracking/batch", ManyTracked.as_view(), name="tracking_batch"),
    path("v1/tracking/<id:shipment_id>", Tracking.as_view(), name="tracking"),
    path("v1/vehicles", Vehicles.as_view(), name="vehicles"),
    path("v1/vehicles/<id:vehicle_id>", VehicleById.as_view(), name="vehicle"),
    path("v1/vehicles/<id:vehicle_id>/positions", Positions.as_view(), name="positions"),
    path("v1/manifests", Manifests.as_view(), name="manifests"),
    path("v1/manifests/<id:manifest_id>", ManifestById.as_view(), name="manifest"),
    path("v1/manifests/<id:manifest_id>/close", ManifestClosed.as_view(), name="close_manifest"),
    path("v1/incidents", Incidents.as_view(), name="incidents"),
    path("v1/incidents/<id:incident_id>", IncidentById.as_view(), name="incident"),
    path("v1/incidents/<id:incident_id>/acknowledge", IncidentAcknowledged.as_view(), name="acknowledge"),
    path("v1/incidents/<id:incident_id>/resolve", IncidentResolved.as_view(), name="resolve"),
    path("v1/lanes/<id:origin>/<id:destination>", Lanes.as_view(), name="lane"),
    path("v1/usage", Usage.as_view(), name="usage"),
    path("v1/changes", Changes.as_view(), name="changes"),
    path("v1/events", Events.as_view(), name="events"),
    path("v1/eta-quality", show_eta_quality, name="eta_quality_answer"),
    path("proofs/<str:signed>", show_proof, name="proof"),
    path("schema/", SpectacularAPIView.as_view(authentication_classes=[]), name="schema"),
    path("docs/", _allow_styles(_docs), name="docs"),
]
