"""Manifests: which shipments ride on which vehicle, from when to when; joining and leaving are events.

The relational rows are the master. Beside the vehicle lies a copy for readers who have no database, and each
shipment's own timeline says which vehicle carries it.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from tracking.domain.identity import short_hash
from tracking.domain.payload import ScanPayload
from tracking.domain.status import END_STATUSES
from tracking.domain.vehicles import VehicleManifest
from tracking.models import Manifest, Shipment, Stop
from tracking.ports import ShipmentStore, TrackingPorts
from tracking.services.partners.vehicles import own_vehicles
from tracking.services.recording.stream_records import put_records, stamp_as_partner
from tracking.services.requests.bodies import ManifestChange, NewManifest, StopRequest
from tracking.services.requests.callers import Caller
from tracking.services.requests.queries import ManifestQuery
from tracking.services.requests.refusals import (
    ManifestClosedError,
    ManifestOverlapError,
    Mistake,
    RequestRefusedError,
    ShipmentOnManifestError,
    UnknownError,
)

# Of two events in one millisecond leaving comes first, so that moving from van to van ends on the second.
LEAVING, JOINING = 0, 1


def own_manifests(caller: Caller) -> QuerySet[Manifest]:
    """The runs of the caller's vehicles, in the mode of its key."""
    manifests = Manifest.objects.select_related("vehicle__partner").prefetch_related("stops")
    return manifests.filter(vehicle__partner=caller.partner, vehicle__livemode=caller.livemode)


def find_manifest(caller: Caller, manifest_id: str) -> Manifest:
    """The caller's own manifest; raises `UnknownError`, for another partner's too."""
    manifest = own_manifests(caller).filter(manifest_id=manifest_id).first()
    if manifest is None:
        raise UnknownError
    return manifest


def list_manifests(caller: Caller, query: ManifestQuery, after: int | None) -> list[Manifest]:
    """A page of the caller's manifests and one more, the newest first; `after` is the row last seen."""
    rows = own_manifests(caller).order_by("-pk")
    if query.vehicle_id is not None:
        rows = rows.filter(vehicle__vehicle_id=query.vehicle_id)
    if query.state is not None:
        rows = rows.filter(closed_at__isnull=query.state == "open")
    return list((rows if after is None else rows.filter(pk__lt=after))[: query.limit + 1])


def open_manifest(ports: TrackingPorts, caller: Caller, wanted: NewManifest, now: datetime) -> Manifest:
    """Keep the manifest and, once it has begun, let its shipments join the vehicle; all of it or nothing.

    One that begins later is begun by `start_and_end_manifests`. Raises `RequestRefusedError`,
    `ManifestOverlapError`, `ShipmentOnManifestError`, and `TransientError` when the stream or the store
    cannot be reached.
    """
    _check(caller, wanted)
    try:
        with transaction.atomic():
            manifest = _keep(caller, wanted)
            if manifest.starts_at <= now:
                _begin(ports, manifest)
    except IntegrityError as error:
        raise ShipmentOnManifestError from error
    return manifest


def change_manifest(
    ports: TrackingPorts, caller: Caller, manifest_id: str, change: ManifestChange, now: datetime
) -> Manifest:
    """Let shipments join and leave; raises as `open_manifest`, and `ManifestClosedError`, `UnknownError`."""
    try:
        with transaction.atomic():
            manifest = _lock(caller, manifest_id)
            _check_stops(caller, change.add, "/add")
            known = set(manifest.stops.values_list("shipment_id", flat=True))
            left = known & set(change.remove)
            manifest.stops.filter(shipment_id__in=left).delete()
            _keep_stops(manifest, change.add)
            manifest.version += 1
            manifest.save()
            if manifest.starts_at <= now:
                joined = [stop.shipment_id for stop in change.add if stop.shipment_id not in known]
                _tell(ports, manifest, sorted(left), joined, now)
    except IntegrityError as error:
        raise ShipmentOnManifestError from error
    return find_manifest(caller, manifest_id)


def close_manifest(ports: TrackingPorts, caller: Caller, manifest_id: str, now: datetime) -> Manifest:
    """End the run: every shipment still on it leaves the vehicle; closing it again changes nothing."""
    with transaction.atomic():
        if find_manifest(caller, manifest_id).closed_at is None:
            _end(ports, _lock(caller, manifest_id), now)
    return find_manifest(caller, manifest_id)


def start_and_end_manifests(ports: TrackingPorts, now: datetime) -> int:
    """Begin the runs that have become due and end those that are over; how many. Safe to repeat.

    It also makes good what a crash has left between the database and the vehicle's copy.
    """
    running = Manifest.objects.filter(closed_at=None, starts_at__lte=now).select_related("vehicle__partner")
    copies = ports.vehicles.read_manifests([manifest.vehicle.vehicle_id for manifest in running])
    return sum(_follow(ports, manifest, copies.get(manifest.vehicle.vehicle_id), now) for manifest in running)


def _follow(ports: TrackingPorts, manifest: Manifest, copy: VehicleManifest | None, now: datetime) -> bool:
    """Whether the run had to be begun or ended."""
    is_over = manifest.ends_at is not None and manifest.ends_at <= now
    has_begun = copy is not None and copy.manifest_id == manifest.manifest_id
    with transaction.atomic():
        if is_over:
            _end(ports, manifest, now)
        elif not has_begun:
            _begin(ports, manifest)
    return is_over or not has_begun


def _check(caller: Caller, wanted: NewManifest) -> None:
    mistakes = []
    if not own_vehicles(caller).filter(vehicle_id=wanted.vehicle_id).exists():
        mistakes.append(Mistake("/vehicle_id", "not_found", "there is no such vehicle"))
    if wanted.ends_at is not None and wanted.ends_at <= wanted.starts_at:
        mistakes.append(Mistake("/ends_at", "invalid", "the run ends before it begins"))
    if mistakes:
        raise RequestRefusedError(mistakes)
    _check_stops(caller, wanted.stops, "/stops")


def _check_stops(caller: Caller, stops: Sequence[StopRequest], pointer: str) -> None:
    """Every stop must be a shipment of the caller's own, and be there once."""
    ids = [stop.shipment_id for stop in stops]
    own = Shipment.objects.filter(
        shipment_id__in=ids, partner=caller.partner, livemode=caller.livemode
    ).values_list("shipment_id", flat=True)
    unknown = set(ids) - set(own)
    mistakes = [
        Mistake(f"{pointer}/{index}/shipment_id", "not_found", "there is no such shipment")
        for index, shipment_id in enumerate(ids)
        if shipment_id in unknown
    ]
    mistakes += [
        Mistake(f"{pointer}/{index}/shipment_id", "invalid", "the shipment is there twice")
        for index, shipment_id in enumerate(ids)
        if shipment_id in ids[:index]
    ]
    if mistakes:
        raise RequestRefusedError(mistakes)


def _keep(caller: Caller, wanted: NewManifest) -> Manifest:
    # The vehicle's row is the lock under which its runs are kept apart.
    vehicle = own_vehicles(caller).select_for_update().get(vehicle_id=wanted.vehicle_id)
    others = vehicle.manifests.filter(closed_at=None)
    others = others.filter(Q(ends_at=None) | Q(ends_at__gt=wanted.starts_at))
    if wanted.ends_at is not None:
        others = others.filter(starts_at__lt=wanted.ends_at)
    if others.exists():
        raise ManifestOverlapError
    manifest = Manifest.objects.create(
        manifest_id="mft_" + secrets.token_hex(10),
        vehicle=vehicle,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
    )
    _keep_stops(manifest, wanted.stops)
    return manifest


def _keep_stops(manifest: Manifest, stops: Iterable[StopRequest]) -> None:
    for stop in stops:
        Stop.objects.update_or_create(
            manifest=manifest, shipment_id=stop.shipment_id, defaults={"sequence": stop.sequence}
        )


def _lock(caller: Caller, manifest_id: str) -> Manifest:
    manifest = own_manifests(caller).select_for_update(of=("self",)).filter(manifest_id=manifest_id).first()
    if manifest is None:
        raise UnknownError
    if manifest.closed_at is not None:
        raise ManifestClosedError
    return manifest


def _begin(ports: TrackingPorts, manifest: Manifest) -> None:
    """Let all shipments join, at the moment the run begins; telling it twice is telling it once."""
    _tell(ports, manifest, [], _ids_of(manifest), manifest.starts_at)


def _end(ports: TrackingPorts, manifest: Manifest, now: datetime) -> None:
    left = _still_carried(ports.store, _ids_of(manifest))
    manifest.closed_at = now
    manifest.save()
    manifest.stops.update(open=None)
    if manifest.starts_at <= now:
        put_records(ports.stream, [_leave(manifest, shipment_id, now) for shipment_id in left])
    ports.vehicles.drop_manifest(manifest.vehicle.vehicle_id, manifest.manifest_id)


def _still_carried(store: ShipmentStore, shipment_ids: Sequence[str]) -> list[str]:
    """Those of them whose journey goes on: an end status has left the vehicle by itself."""
    states = store.read_current(shipment_ids)
    ended = {key for key, state in states.items() if state.status in END_STATUSES}
    return [shipment_id for shipment_id in shipment_ids if shipment_id not in ended]


def _tell(
    ports: TrackingPorts, manifest: Manifest, left: Sequence[str], joined: Sequence[str], moment: datetime
) -> None:
    """Put what has changed on the stream, then keep the vehicle's copy."""
    leaving = [_leave(manifest, shipment_id, moment) for shipment_id in left]
    joining = [_join(manifest, shipment_id, moment) for shipment_id in joined]
    put_records(ports.stream, [*leaving, *joining])
    ports.vehicles.keep_manifest(
        VehicleManifest(
            vehicle_id=manifest.vehicle.vehicle_id,
            manifest_id=manifest.manifest_id,
            version=manifest.version,
            starts_at=manifest.starts_at,
            ends_at=manifest.ends_at,
            shipment_ids=tuple(_ids_of(manifest)),
        )
    )


def _join(manifest: Manifest, shipment_id: str, moment: datetime) -> ScanPayload:
    report = ScanPayload(shipment_id=shipment_id, vehicle_id=manifest.vehicle.vehicle_id, device_seq=JOINING)
    return _stamp(manifest, report, moment)


def _leave(manifest: Manifest, shipment_id: str, moment: datetime) -> ScanPayload:
    return _stamp(manifest, ScanPayload(shipment_id=shipment_id, device_seq=LEAVING), moment)


def _stamp(manifest: Manifest, report: ScanPayload, moment: datetime) -> ScanPayload:
    vehicle = manifest.vehicle
    caller = Caller(vehicle.partner, vehicle.livemode, manifest.manifest_id)
    event_id = "m_" + short_hash(
        manifest.manifest_id, manifest.version, report.shipment_id, report.device_seq
    )
    return msgspec.structs.replace(stamp_as_partner(report, caller, event_id, moment), source="manifest")


def _ids_of(manifest: Manifest) -> list[str]:
    return list(manifest.stops.order_by("sequence", "pk").values_list("shipment_id", flat=True))
