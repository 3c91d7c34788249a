"""Manifests: shipments on a vehicle for a period. A shipment that is added or removed gets an event.

The database rows are the source of truth. The vehicle store holds a copy for processes without a database,
and each shipment's timeline says which vehicle carries it.
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

# Of two events in one millisecond leaving sorts first: a shipment that changes vans ends on the second one.
LEAVING, JOINING = 0, 1


def own_manifests(caller: Caller) -> QuerySet[Manifest]:
    """Return the manifests of the caller's vehicles, in the mode of its key."""
    manifests = Manifest.objects.select_related("vehicle__partner").prefetch_related("stops")
    return manifests.filter(vehicle__partner=caller.partner, vehicle__livemode=caller.livemode)


def find_manifest(caller: Caller, manifest_id: str) -> Manifest:
    """Return the caller's manifest. Raises `UnknownError`, also for another partner's."""
    manifest = own_manifests(caller).filter(manifest_id=manifest_id).first()
    if manifest is None:
        raise UnknownError
    return manifest


def list_manifests(caller: Caller, query: ManifestQuery, after: int | None) -> list[Manifest]:
    """Return a page of the caller's manifests and one more, newest first.

    `after` is the id of the last row of the page before.
    """
    rows = own_manifests(caller).order_by("-pk")
    if query.vehicle_id is not None:
        rows = rows.filter(vehicle__vehicle_id=query.vehicle_id)
    if query.state is not None:
        rows = rows.filter(closed_at__isnull=query.state == "open")
    return list((rows if after is None else rows.filter(pk__lt=after))[: query.limit + 1])


def open_manifest(ports: TrackingPorts, caller: Caller, wanted: NewManifest, now: datetime) -> Manifest:
    """Store the manifest and, when it has begun, put its shipments on the vehicle; all of it or nothing.

    `start_and_end_manifests` starts one that begins later. Raises `RequestRefusedError`,
    `ManifestOverlapError`, `ShipmentOnManifestError`, and `TransientError` when the stream or the store
    cannot be reached.
    """
    _check_manifest(caller, wanted)
    try:
        with transaction.atomic():
            manifest = _create(caller, wanted)
            if manifest.starts_at <= now:
                _start(ports, manifest)
    except IntegrityError as error:
        raise ShipmentOnManifestError from error
    return manifest


def change_manifest(
    ports: TrackingPorts, caller: Caller, manifest_id: str, change: ManifestChange, now: datetime
) -> Manifest:
    """Add and remove shipments. Raises as `open_manifest`, and `ManifestClosedError`, `UnknownError`."""
    try:
        with transaction.atomic():
            manifest = _lock(caller, manifest_id)
            _check_stops(caller, change.add, "/add")
            aboard = set(manifest.stops.values_list("shipment_id", flat=True))
            removed = aboard & set(change.remove)
            manifest.stops.filter(shipment_id__in=removed).delete()
            _write_stops(manifest, change.add)
            manifest.version += 1
            manifest.save()
            if manifest.starts_at <= now:
                added = [stop.shipment_id for stop in change.add if stop.shipment_id not in aboard]
                _publish_stops(ports, manifest, sorted(removed), added, now)
    except IntegrityError as error:
        raise ShipmentOnManifestError from error
    return find_manifest(caller, manifest_id)


def close_manifest(ports: TrackingPorts, caller: Caller, manifest_id: str, now: datetime) -> Manifest:
    """Close the manifest: every shipment still on it leaves the vehicle. Closing it again changes nothing."""
    with transaction.atomic():
        if find_manifest(caller, manifest_id).closed_at is None:
            _end(ports, _lock(caller, manifest_id), now)
    return find_manifest(caller, manifest_id)


def start_and_end_manifests(ports: TrackingPorts, now: datetime) -> int:
    """Start the manifests that are due and close those that are over; return how many. Safe to repeat.

    Also repairs a vehicle's copy that a crash left behind the database.
    """
    begun = Manifest.objects.filter(closed_at=None, starts_at__lte=now).select_related("vehicle__partner")
    copies = ports.vehicles.read_manifests([manifest.vehicle.vehicle_id for manifest in begun])
    return sum(
        _start_or_end(ports, manifest, copies.get(manifest.vehicle.vehicle_id), now) for manifest in begun
    )


def _start_or_end(
    ports: TrackingPorts, manifest: Manifest, copy: VehicleManifest | None, now: datetime
) -> bool:
    """Return whether the manifest had to be started or closed."""
    is_over = manifest.ends_at is not None and manifest.ends_at <= now
    is_started = copy is not None and copy.manifest_id == manifest.manifest_id
    with transaction.atomic():
        if is_over:
            _end(ports, manifest, now)
        elif not is_started:
            _start(ports, manifest)
    return is_over or not is_started


def _check_manifest(caller: Caller, wanted: NewManifest) -> None:
    mistakes = []
    if not own_vehicles(caller).filter(vehicle_id=wanted.vehicle_id).exists():
        mistakes.append(Mistake("/vehicle_id", "not_found", "there is no such vehicle"))
    if wanted.ends_at is not None and wanted.ends_at <= wanted.starts_at:
        mistakes.append(Mistake("/ends_at", "contradiction", "the run ends before it begins"))
    if mistakes:
        raise RequestRefusedError(mistakes)
    _check_stops(caller, wanted.stops, "/stops")


def _check_stops(caller: Caller, stops: Sequence[StopRequest], pointer: str) -> None:
    """Raise `RequestRefusedError` unless every stop is a shipment of the caller, each once."""
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
        Mistake(f"{pointer}/{index}/shipment_id", "contradiction", "the shipment is there twice")
        for index, shipment_id in enumerate(ids)
        if shipment_id in ids[:index]
    ]
    if mistakes:
        raise RequestRefusedError(mistakes)


def _create(caller: Caller, wanted: NewManifest) -> Manifest:
    # The vehicle's row is the lock that keeps its manifests from overlapping.
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
        driver_first_name=wanted.driver_first_name.strip(),
    )
    _write_stops(manifest, wanted.stops)
    return manifest


def _write_stops(manifest: Manifest, stops: Iterable[StopRequest]) -> None:
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


def _start(ports: TrackingPorts, manifest: Manifest) -> None:
    """Put all shipments on the vehicle at the manifest's start. Safe to repeat: event ids stay the same."""
    _publish_stops(ports, manifest, [], _list_shipment_ids(manifest), manifest.starts_at)


def _end(ports: TrackingPorts, manifest: Manifest, now: datetime) -> None:
    aboard = _find_carried(ports.store, _list_shipment_ids(manifest))
    manifest.closed_at = now
    manifest.save()
    manifest.stops.update(open=None)
    if manifest.starts_at <= now:
        put_records(ports.stream, [_leave(manifest, shipment_id, now) for shipment_id in aboard])
    ports.vehicles.drop_manifest(manifest.vehicle.vehicle_id, manifest.manifest_id)


def _find_carried(store: ShipmentStore, shipment_ids: Sequence[str]) -> list[str]:
    """Return the shipments without an end status: an end status has taken the others off the vehicle."""
    states = store.read_current(shipment_ids)
    ended = {key for key, state in states.items() if state.status in END_STATUSES}
    return [shipment_id for shipment_id in shipment_ids if shipment_id not in ended]


def _publish_stops(
    ports: TrackingPorts, manifest: Manifest, removed: Sequence[str], added: Sequence[str], moment: datetime
) -> None:
    """Put an event of each removed and added shipment on the stream, then store the vehicle's copy."""
    leaving = [_leave(manifest, shipment_id, moment) for shipment_id in removed]
    joining = [_join(manifest, shipment_id, moment) for shipment_id in added]
    put_records(ports.stream, [*leaving, *joining])
    ports.vehicles.keep_manifest(
        VehicleManifest(
            vehicle_id=manifest.vehicle.vehicle_id,
            manifest_id=manifest.manifest_id,
            version=manifest.version,
            starts_at=manifest.starts_at,
            ends_at=manifest.ends_at,
            shipment_ids=tuple(_list_shipment_ids(manifest)),
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


def _list_shipment_ids(manifest: Manifest) -> list[str]:
    """Return the shipment ids in the order of the stops."""
    return list(manifest.stops.order_by("sequence", "pk").values_list("shipment_id", flat=True))
