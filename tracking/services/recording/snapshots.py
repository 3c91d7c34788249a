"""Settle: shipments that have been under way for weeks keep what their oldest events add up to."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from django.db.models import Q

from tracking.domain.events import format_time
from tracking.domain.shipment import KEPT_FOR, ShipmentState
from tracking.domain.snapshots import make_snapshot
from tracking.domain.status import END_STATUSES
from tracking.models import Shipment
from tracking.ports import Commit, ports

# Rows last 30 days, and an event may be reported 7 days late: ten days are left for a beat that stood still.
SETTLES_AT_AGE = timedelta(days=20)
STAYS_OPEN = timedelta(days=10)
SETTLES_AGAIN_AFTER = timedelta(days=5)
SHIPMENTS_A_READ = 100


def snapshot_shipments(now: datetime) -> int:
    """Settle every shipment that is due, and say how many; safe to repeat.

    One that moves at that very moment is left to the next time. Raises `TransientError` without the store.
    """
    return sum(_settle(state, now) for state in _read_due(now))


def _read_due(now: datetime) -> Iterator[ShipmentState]:
    old = Shipment.objects.filter(created_at__lte=now - SETTLES_AT_AGE)
    going_on = old.filter(~Q(status__in=END_STATUSES) | Q(status_at__gte=now - KEPT_FOR))
    ids = list(going_on.values_list("shipment_id", flat=True))
    settled_since = format_time(now - STAYS_OPEN - SETTLES_AGAIN_AFTER)
    for start in range(0, len(ids), SHIPMENTS_A_READ):
        for state in ports().store.read_states(ids[start : start + SHIPMENTS_A_READ]).values():
            if state.snapshot is None or state.snapshot.state.last_order < settled_since:
                yield state


def _settle(state: ShipmentState, now: datetime) -> bool:
    store = ports().store
    snapshot = make_snapshot(state, store.read_timeline(state.shipment_id), now - STAYS_OPEN)
    if snapshot is None:
        return False
    after = msgspec.structs.replace(state, snapshot=snapshot, state_version=state.state_version + 1)
    (outcome,) = store.commit([Commit(state, after, ())])
    return outcome.committed
