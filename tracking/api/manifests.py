"""`/api/v1/manifests`: shipments on a vehicle for a period."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.answers import Time
from tracking.api.bodies import answer_json, read_body
from tracking.api.conditional import answer_read, require_match
from tracking.api.cursors import answer_rows, read_after
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import body_of, query_of, responses
from tracking.domain.events import format_time
from tracking.models import Manifest
from tracking.ports import ports
from tracking.services.partners.manifests import (
    change_manifest,
    close_manifest,
    find_manifest,
    list_manifests,
    open_manifest,
)
from tracking.services.requests.bodies import ManifestChange, NewManifest
from tracking.services.requests.queries import ManifestQuery


class StopAnswer(msgspec.Struct):
    """Position of a shipment in the order of stops."""

    shipment_id: str
    sequence: int


class ManifestAnswer(msgspec.Struct):
    """Manifest of a vehicle with its stops in order. `version` grows with each change of the stops."""

    manifest_id: str
    vehicle_id: str
    starts_at: Time
    ends_at: Time | None
    closed_at: Time | None
    driver_first_name: str
    version: int
    stops: list[StopAnswer]


class ManifestPage(msgspec.Struct):
    """Page of manifests. `next` is the cursor of the next page, null on the last."""

    results: list[ManifestAnswer]
    next: str | None


class Manifests(PartnerView):
    """View: open and list manifests."""

    scopes = {"GET": "vehicles:read", "POST": "vehicles:write"}

    @extend_schema(
        operation_id="list_manifests",
        tags=["vehicles"],
        summary="List manifests",
        parameters=query_of(ManifestQuery),
        responses=responses({200: ManifestPage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """List manifests, newest first."""
        query = read_query(request, ManifestQuery)
        found = list_manifests(caller_of(request), query, read_after(request, query))
        return answer_rows(request, query, found, describe_manifest)

    @extend_schema(
        operation_id="open_manifest",
        tags=["vehicles"],
        summary="Open a manifest",
        request=body_of(NewManifest),
        responses=responses({201: ManifestAnswer}, 409),
    )
    def post(self, request: Request) -> HttpResponse:
        """Open a manifest. From its start a position of the vehicle is also one of each shipment on it."""
        wanted = read_body(request.data, NewManifest)
        manifest = open_manifest(ports(), caller_of(request), wanted, datetime.now(UTC))
        location = f"{request.path}/{manifest.manifest_id}"
        return answer_json(describe_manifest(manifest), 201, {"Location": location})


class ManifestById(PartnerView):
    """View: one manifest of the partner."""

    scopes = {"GET": "vehicles:read", "PATCH": "vehicles:write"}

    @extend_schema(
        operation_id="read_manifest",
        tags=["vehicles"],
        summary="Read a manifest",
        responses=responses({200: ManifestAnswer}),
    )
    def get(self, request: Request, manifest_id: str) -> HttpResponse:
        """Period and stops of a manifest."""
        return answer_read(request, describe_manifest(find_manifest(caller_of(request), manifest_id)))

    @extend_schema(
        operation_id="change_manifest",
        tags=["vehicles"],
        summary="Add shipments to a manifest and remove them",
        request=body_of(ManifestChange),
        responses=responses({200: ManifestAnswer}, 409, 412),
    )
    def patch(self, request: Request, manifest_id: str) -> HttpResponse:
        """Remove the shipments in `remove`, add or move those in `add`; all of it or nothing."""
        change, caller = read_body(request.data, ManifestChange), caller_of(request)
        require_match(request, describe_manifest(find_manifest(caller, manifest_id)))
        changed = change_manifest(ports(), caller, manifest_id, change, datetime.now(UTC))
        return answer_json(describe_manifest(changed))


class ManifestClosed(PartnerView):
    """View: close a manifest."""

    scopes = {"POST": "vehicles:write"}

    @extend_schema(
        operation_id="close_manifest",
        tags=["vehicles"],
        summary="Close a manifest",
        request=None,
        responses=responses({200: ManifestAnswer}),
    )
    def post(self, request: Request, manifest_id: str) -> HttpResponse:
        """Close a manifest. All shipments on it leave the vehicle. Closing it again changes nothing."""
        closed = close_manifest(ports(), caller_of(request), manifest_id, datetime.now(UTC))
        return answer_json(describe_manifest(closed))


def describe_manifest(manifest: Manifest) -> ManifestAnswer:
    """Build the answer of a manifest with its stops in order."""
    return ManifestAnswer(
        manifest_id=manifest.manifest_id,
        vehicle_id=manifest.vehicle.vehicle_id,
        starts_at=format_time(manifest.starts_at),
        ends_at=_format_optional(manifest.ends_at),
        closed_at=_format_optional(manifest.closed_at),
        driver_first_name=manifest.driver_first_name,
        version=manifest.version,
        stops=[StopAnswer(stop.shipment_id, stop.sequence) for stop in manifest.stops.all()],
    )


def _format_optional(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
