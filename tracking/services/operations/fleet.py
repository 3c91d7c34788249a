"""The console's picture: every vehicle, what is open, and the day's key figures."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from cachetools import TTLCache, cached
from django.db.models import Count, F, Q
from django.utils import timezone

from tracking.answer import bare_frame
from tracking.domain.errors import TransientError
from tracking.domain.events import format_time
from tracking.models import Incident, Shipment
from tracking.ports import ports
from tracking.services.operations.incidents import incident_row

SILENT_AFTER = timedelta(minutes=10)
# Fewer parcels than this say nothing about a share of them.
MIN_SAMPLES = 30
MAX_INCIDENTS = 200
KPIS_FRESH_S = 3.0


def read_snapshot() -> dict[str, Any]:
    """The whole picture, as the console gets it first; a frame of type `snapshot`."""
    incidents = Incident.objects.filter(resolved_at=None).order_by("-opened_at")[:MAX_INCIDENTS]
    return bare_frame("snapshot") | {
        "vehicles": ports().live.read_fleet(),
        "kpis": read_kpis(),
        "incidents": [incident_row(incident) for incident in incidents],
        "changes": [],
    }


@cached(TTLCache(maxsize=1, ttl=KPIS_FRESH_S), condition=threading.Condition())
def read_kpis() -> dict[str, Any]:
    """Return the key figures, at most three seconds old. Blocks, so never call it on an event loop.

    However many consoles ask at the same time, one of them computes and the others wait for its result.
    """
    return count_kpis(datetime.now(UTC))


def count_kpis(now: datetime) -> dict[str, Any]:
    """The key figures at `now`; the day is the day in the product's time zone.

    `on_time_pct` is the share of today's promised deliveries that came in time, 0 to 100 with one decimal;
    None below 30 of them. `quarantined` counts records set aside today and yesterday (UTC); None when their
    keeper cannot be reached.
    """
    vehicles = ports().live.read_fleet()
    heard_since = format_time(now - SILENT_AFTER)
    live = sum(vehicle["occurred_at"] >= heard_since for vehicle in vehicles)
    return {
        "vehicles_live": live,
        "vehicles_silent": len(vehicles) - live,
        **_count_shipments(now),
        "open_incidents": Incident.objects.filter(resolved_at=None).count(),
        "quarantined": _count_quarantined(),
    }


def _count_quarantined() -> int | None:
    try:
        return ports().count_quarantined()
    except TransientError:
        return None


def _count_shipments(now: datetime) -> dict[str, Any]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Q(status="delivered", status_at__gte=midnight)
    counts = Shipment.objects.filter(Q(status="out_for_delivery") | today).aggregate(
        out_for_delivery=Count("pk", filter=Q(status="out_for_delivery")),
        delivered_today=Count("pk", filter=today),
        promised=Count("pk", filter=today & Q(promised_to__isnull=False)),
        on_time=Count("pk", filter=today & Q(status_at__lte=F("promised_to"))),
    )
    promised, on_time = counts.pop("promised"), counts.pop("on_time")
    enough = promised >= MIN_SAMPLES
    return counts | {"on_time_pct": round(100 * on_time / promised, 1) if enough else None}
