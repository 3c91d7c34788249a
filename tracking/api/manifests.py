"""`/api/v1/manifests`: which shipments ride on which vehicle, and when."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.answers import Time
from tracking.api.bodies import answer_json, read_body
from tracking.api.conditional import answer_read, require_match
from tracking.api.cursors import answer_page, read_after
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
    """A shipment's place in the order of stops."""

    shipment_id: str
    sequence: int


class ManifestAnswer(msgspec.Struct):
    """A run of a vehicle over its stops, in order; `version` grows with each change of them."""

    manifest_id: str
    vehicle_id: str
    starts_at: Time
    ends_at: Time | None
    closed_at: Time | None
    version: int
    stops: list[StopAnswer]


class ManifestPage(msgspec.Struct):
    """A page of manifests; `next` is the cursor of the one after it, null on the last."""

    results: list[ManifestAnswer]
    next: str | None


class Manifests(PartnerView):
    """Open manifests, and list them."""

    scopes = {"GET": "vehicles:read", "POST": "vehicles:write"}

    @extend_schema(
        operation_id="list_manifests",
        tags=["vehicles"],
        summary="List manifests",
        parameters=query_of(ManifestQuery),
        responses=responses({200: ManifestPage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest first."""
        query = read_query(request, ManifestQuery)
        found = list_manifests(caller_of(request), query, read_after(request, query))
        shown, more = found[: query.limit], len(found) > query.limit
        told = [describe_manifest(manifest) for manifest in shown]
        return answer_page(request, query, told, shown[-1].pk if more else None)

    @extend_schema(
        operation_id="open_manifest",
        tags=["vehicles"],
        summary="Open a manifest",
        request=body_of(NewManifest),
        responses=responses({201: ManifestAnswer}, 409),
    )
    def post(self, request: Request) -> HttpResponse:
        """From its beginning on, a position of the vehicle is one of each shipment on it."""
        wanted = read_body(request.data, NewManifest)
        manifest = open_manifest(ports(), caller_of(request), wanted, datetime.now(UTC))
        location = f"{request.path}/{manifest.manifest_id}"
        return answer_json(describe_manifest(manifest), 201, {"Location": location})


class ManifestById(PartnerView):
    """One manifest of the partner's own."""

    scopes = {"GET": "vehicles:read", "PATCH": "vehicles:write"}

    @extend_schema(
        operation_id="read_manifest",
        tags=["vehicles"],
        summary="Read a manifest",
        responses=responses({200: ManifestAnswer}),
    )
    def get(self, request: Request, manifest_id: str) -> HttpResponse:
        """Its time and its stops."""
        return answer_read(request, describe_manifest(find_manifest(caller_of(request), manifest_id)))

    @extend_schema(
        operation_id="change_manifest",
        tags=["vehicles"],
        summary="Let shipments join a manifest and leave it",
        request=body_of(ManifestChange),
        responses=responses({200: ManifestAnswer}, 409, 412),
    )
    def patch(self, request: Request, manifest_id: str) -> HttpResponse:
        """Those in `remove` leave, those in `add` join or take their new place; all of it or nothing."""
        change, caller = read_body(request.data, ManifestChange), caller_of(request)
        require_match(request, describe_manifest(find_manifest(caller, manifest_id)))
        changed = change_manifest(ports(), caller, manifest_id, change, datetime.now(UTC))
        return answer_json(describe_manifest(changed))


class ManifestClosed(PartnerView):
    """A run is over."""

    scopes = {"POST": "vehicles:write"}

    @extend_schema(
        operation_id="close_manifest",
        tags=["vehicles"],
        summary="Close a manifest",
        request=None,
        responses=responses({200: ManifestAnswer}),
    )
    def post(self, request: Request, manifest_id: str) -> HttpResponse:
        """Every shipment still on it leaves the vehicle; closing it again changes nothing."""
        closed = close_manifest(ports(), caller_of(request), manifest_id, datetime.now(UTC))
        return answer_json(describe_manifest(closed))


def describe_manifest(manifest: Manifest) -> ManifestAnswer:
    """A manifest with its stops, in order."""
    return ManifestAnswer(
        manifest_id=manifest.manifest_id,
        vehicle_id=manifest.vehicle.vehicle_id,
        starts_at=format_time(manifest.starts_at),
        ends_at=_time(manifest.ends_at),
        closed_at=_time(manifest.closed_at),
        version=manifest.version,
        stops=[StopAnswer(stop.shipment_id, stop.sequence) for stop in manifest.stops.all()],
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
