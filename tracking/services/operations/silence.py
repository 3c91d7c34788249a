"""Silence: incidents for vehicles and partners that report nothing, and for a stream that nobody reads.

Each of these incidents closes itself when its cause has ended.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.indian_time import INDIA
from tracking.domain.status import END_STATUSES
from tracking.lookup_ports import StreamProgress
from tracking.models import Incident, Manifest, Shipment, Stop
from tracking.ports import LivePush, TrackingPorts
from tracking.services.operations.incidents import close_incident, open_incident

VEHICLE, FEED = "vehicle_silent", "feed_silent"
# Subject of the incident about the stream; that about a partner's feed has the id of the partner.
STREAM = "stream"
SILENT_AFTER = timedelta(minutes=10)
# The console shows after some seconds that nothing is read; an incident opens if that lasts.
UNREAD_AFTER = timedelta(minutes=1)
# If so many vehicles of a partner are silent at once, and no other is heard, its feed is silent.
VEHICLES_OF_A_FEED = 3
VEHICLES_PER_READ = 100


class OnDuty(NamedTuple):
    """Vehicle on a run with parcels aboard; `since` is the start of the run or the last report, if later."""

    vehicle_id: str
    partner_id: str
    since: datetime


def check_silence(ports: TrackingPorts, now: datetime) -> int:
    """Check the stream, then the vehicles on duty; return how many incidents were opened or closed.

    While nobody reads the stream, no vehicle can be heard, so vehicles are not judged then. Call it every
    minute. Raises `TransientError` when a store cannot be reached.
    """
    progress = ports.stream_progress.read_progress()
    changed = check_stream(ports.live, progress, now)
    if progress is not None and _is_unread(progress, now):
        return changed
    return changed + check_vehicles(ports, now)


def check_stream(live: LivePush, progress: StreamProgress | None, now: datetime) -> int:
    """Open or close the incident about a stream that nobody reads; return how many were opened or closed."""
    if progress is None:
        return 0
    if not _is_unread(progress, now):
        return int(close_incident(live, FEED, STREAM, now) is not None)
    until = progress.read_until
    said = "ever" if until is None else f"since {until.astimezone(INDIA):%H:%M:%S}"
    why = f"not every record was read {said}: {progress.stopped} of {progress.shards} shards have no reader"
    return int(open_incident(live, FEED, STREAM, why, until or now) is not None)


def check_vehicles(ports: TrackingPorts, now: datetime) -> int:
    """Open and close the incidents of silent vehicles and partners; return how many were opened or closed."""
    on_duty = list_on_duty(ports, now)
    silent = [vehicle for vehicle in on_duty if now - vehicle.since >= SILENT_AFTER]
    feeds = _find_silent_feeds(on_duty, silent)
    changed = _close_others(ports.live, FEED, {*feeds, STREAM}, now)
    changed += _close_others(ports.live, VEHICLE, {vehicle.vehicle_id for vehicle in silent}, now)
    for partner_id, since in feeds.items():
        why = f"none of its vehicles was heard since {since.astimezone(INDIA):%H:%M:%S}"
        changed += open_incident(ports.live, FEED, partner_id, why, since + SILENT_AFTER) is not None
    for vehicle in silent:
        if vehicle.partner_id not in feeds:
            changed += _open_for(ports.live, vehicle)
    return changed


def list_on_duty(ports: TrackingPorts, now: datetime) -> list[OnDuty]:
    """Return the vehicles that are on a run with a parcel aboard, in order of their ids.

    A vehicle that has never reported counts from the start of its run, unless the newest positions cannot be
    read now.
    """
    runs = _list_runs(now)
    newest = {
        row["vehicle_id"]: datetime.fromisoformat(row["occurred_at"]) for row in ports.live.read_fleet()
    }
    # The store is asked about those alone that the newest positions do not show to be alive.
    doubtful = [name for name in runs if name not in newest or now - newest[name] >= SILENT_AFTER]
    fixes = _read_fix_arrivals(ports, doubtful)
    found = []
    for vehicle_id, (partner_id, starts_at) in sorted(runs.items()):
        heard = [moment for moment in (newest.get(vehicle_id), fixes.get(vehicle_id)) if moment]
        if heard or newest:
            found.append(OnDuty(vehicle_id, partner_id, max(starts_at, *heard) if heard else starts_at))
    return found


def _list_runs(now: datetime) -> dict[str, tuple[str, datetime]]:
    """Return partner and start of each run with a parcel aboard, by the vehicle's id, without test runs."""
    carried = Shipment.objects.exclude(status__in=[status.value for status in END_STATUSES])
    stops = Stop.objects.filter(open=True, shipment_id__in=carried.values("shipment_id"))
    runs = Manifest.objects.filter(
        closed_at=None, starts_at__lte=now, vehicle__livemode=True, pk__in=stops.values("manifest_id")
    ).exclude(ends_at__lte=now)
    rows = runs.order_by("starts_at").values_list(
        "vehicle__vehicle_id", "vehicle__partner__partner_id", "starts_at"
    )
    return {vehicle_id: (partner_id, starts_at) for vehicle_id, partner_id, starts_at in rows}


def _read_fix_arrivals(ports: TrackingPorts, vehicle_ids: list[str]) -> dict[str, datetime]:
    """Return when the newest good position of each vehicle arrived."""
    arrivals: dict[str, datetime] = {}
    for start in range(0, len(vehicle_ids), VEHICLES_PER_READ):
        found = ports.vehicles.read_vehicles(vehicle_ids[start : start + VEHICLES_PER_READ])
        arrivals |= {name: state.fix.received_at for name, state in found.items() if state.fix is not None}
    return arrivals


def _find_silent_feeds(on_duty: Iterable[OnDuty], silent: Iterable[OnDuty]) -> Mapping[str, datetime]:
    """Return when each partner was heard last, of those with several vehicles on duty and none heard."""
    heard = set(on_duty) - set(silent)
    last: dict[str, list[datetime]] = {}
    for vehicle in silent:
        last.setdefault(vehicle.partner_id, []).append(vehicle.since)
    speaking = {vehicle.partner_id for vehicle in heard}
    return {
        partner_id: max(moments)
        for partner_id, moments in last.items()
        if len(moments) >= VEHICLES_OF_A_FEED and partner_id not in speaking
    }


def _open_for(live: LivePush, vehicle: OnDuty) -> bool:
    why = f"on duty with parcels aboard, not heard since {vehicle.since.astimezone(INDIA):%H:%M:%S}"
    opened_at = vehicle.since + SILENT_AFTER
    name = vehicle.vehicle_id
    return open_incident(live, VEHICLE, name, why, opened_at, vehicle_id=name) is not None


def _close_others(live: LivePush, code: str, subjects: set[str], now: datetime) -> int:
    """Close the open incidents of this code about other subjects; return how many were closed."""
    known = Incident.objects.filter(code=code, resolved_at=None).values_list("subject", flat=True)
    ended = [subject for subject in known if subject not in subjects]
    return sum(close_incident(live, code, subject, now) is not None for subject in ended)


def _is_unread(progress: StreamProgress, now: datetime) -> bool:
    return progress.read_until is None or now - progress.read_until > UNREAD_AFTER
