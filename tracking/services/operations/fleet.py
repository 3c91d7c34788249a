"""Fleet snapshot of the console: vehicles, open incidents and the key figures of the day."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from cachetools import TTLCache, cached
from django.db.models import Count, F, Q
from django.utils import timezone

from tracking.answer import bare_frame
from tracking.domain.errors import TransientError
from tracking.domain.events import format_time
from tracking.domain.indian_time import begin_of_day
from tracking.lookup_ports import QuarantineCounter
from tracking.ports import TrackingPorts
from tracking.services.operations.incident_affiliations import add_affiliations
from tracking.services.operations.incident_changes import list_rows
from tracking.services.operations.incident_kinds import is_red
from tracking.services.operations.incident_queue import is_waiting, list_pressing
from tracking.services.reading.kept_per_scope import kept_per_scope
from tracking.services.reading.parcels_aboard import read_vehicles
from tracking.services.reading.staff_scope import limit_vehicles, visible_incidents, visible_shipments
from tracking.services.requests.roles import Scope

SILENT_AFTER = timedelta(minutes=10)
# A share of fewer deliveries than this means nothing.
MIN_SAMPLES = 30
MAX_INCIDENTS = 200
KPIS_FRESH_S = 3.0
PROGRESS_FRESH_S = 2.0
# Shards are read several times a second, and their progress is stored a few seconds later.
LATE_AFTER = timedelta(seconds=10)


def read_snapshot(ports: TrackingPorts, scope: Scope) -> dict[str, Any]:
    """Return the frame `snapshot`: the fleet within the scope, which is the first frame of a console."""
    incidents = list_pressing(
        visible_incidents(scope).filter(resolved_at=None), timezone.now(), MAX_INCIDENTS
    )
    return bare_frame("snapshot") | {
        "vehicles": read_vehicles(ports, scope),
        "kpis": read_kpis(ports, scope),
        "stream": read_stream_progress(ports),
        "incidents": add_affiliations(list_rows(incidents)),
        "changes": [],
    }


def find_troubled(scope: Scope, now: datetime) -> set[str]:
    """Return the vehicles within the scope that an open incident makes red."""
    incidents = list_pressing(visible_incidents(scope).filter(resolved_at=None), now, MAX_INCIDENTS)
    return {row["vehicle_id"] for row in list_rows(incidents) if row["vehicle_id"] and is_red(row, now)}


@kept_per_scope(KPIS_FRESH_S)
def read_kpis(ports: TrackingPorts, scope: Scope) -> dict[str, Any]:
    """Return the key figures of the scope, at most three seconds old. Blocks: not for an event loop."""
    return count_kpis(ports, datetime.now(UTC), scope)


@cached(TTLCache(maxsize=1, ttl=PROGRESS_FRESH_S), key=lambda _ports: None, condition=threading.Condition())
def read_stream_progress(ports: TrackingPorts) -> dict[str, Any] | None:
    """Return how far the stream is read, at most two seconds old; None if that is unknown. Blocks.

    `read_until` is a time in RFC 3339 UTC or None, `shards` and `stopped` are counts, as in `StreamProgress`.
    """
    try:
        progress = ports.stream_progress.read_progress()
    except TransientError:
        return None
    if progress is None:
        return None
    until = progress.read_until
    return progress._asdict() | {"read_until": None if until is None else format_time(until)}


def is_stream_late(ports: TrackingPorts, now: datetime) -> bool:
    """Return whether records of the last ten seconds are still unread; False if that is unknown. Blocks."""
    progress = read_stream_progress(ports)
    if progress is None:
        return False
    until = progress["read_until"]
    return until is None or now - datetime.fromisoformat(until) > LATE_AFTER


def count_kpis(ports: TrackingPorts, now: datetime, scope: Scope) -> dict[str, Any]:
    """Compute the key figures of the scope at `now`. The day is that of the product's time zone.

    `on_time_pct` is the share of today's deliveries with a promise that were on time, 0 to 100 with one
    decimal; None for fewer than 30 of them. `quarantined` counts the records quarantined today and yesterday
    (UTC); None when the quarantine cannot be reached, and in a limited scope. `vehicles_live` and
    `vehicles_silent` are None while the stream is late: whether a vehicle reports is not known then.
    """
    return {
        **_count_vehicles(ports, now, scope),
        **_count_shipments(now, scope),
        "open_incidents": visible_incidents(scope).filter(is_waiting(now), resolved_at=None).count(),
        "quarantined": None if scope.is_limited else _count_quarantined(ports.quarantine),
    }


def _count_vehicles(ports: TrackingPorts, now: datetime, scope: Scope) -> dict[str, int | None]:
    if is_stream_late(ports, now):
        return {"vehicles_live": None, "vehicles_silent": None}
    vehicles = limit_vehicles(scope, ports.live.read_fleet())
    live_since = format_time(now - SILENT_AFTER)
    live_count = sum(vehicle["occurred_at"] >= live_since for vehicle in vehicles)
    return {"vehicles_live": live_count, "vehicles_silent": len(vehicles) - live_count}


def _count_quarantined(quarantine: QuarantineCounter) -> int | None:
    try:
        return quarantine.count()
    except TransientError:
        return None


def _count_shipments(now: datetime, scope: Scope) -> dict[str, Any]:
    today = Q(status="delivered", status_at__gte=begin_of_day(now))
    counts = (
        visible_shipments(scope)
        .filter(Q(status="out_for_delivery") | today)
        .aggregate(
            out_for_delivery=Count("pk", filter=Q(status="out_for_delivery")),
            delivered_today=Count("pk", filter=today),
            promised=Count("pk", filter=today & Q(promised_to__isnull=False)),
            on_time=Count("pk", filter=today & Q(status_at__lte=F("promised_to"))),
        )
    )
    promised, on_time = counts.pop("promised"), counts.pop("on_time")
    has_enough = promised >= MIN_SAMPLES
    return counts | {"on_time_pct": round(100 * on_time / promised, 1) if has_enough else None}
