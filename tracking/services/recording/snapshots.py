"""Take snapshots: shipments under way for weeks keep the state that their oldest events add up to."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from django.db.models import Q

from tracking.domain.events import format_time
from tracking.domain.shipment import STATES_KEPT_FOR, ShipmentState
from tracking.domain.snapshots import make_snapshot
from tracking.domain.status import END_STATUSES
from tracking.models import Shipment
from tracking.ports import Commit, ShipmentStore

# Rows last 30 days, and an event may be reported 7 days late: ten days are left for a stopped beat.
SNAPSHOT_AT_AGE = timedelta(days=20)
KEPT_AS_EVENTS = timedelta(days=10)
NEXT_SNAPSHOT_AFTER = timedelta(days=5)
SHIPMENTS_PER_READ = 100


def snapshot_shipments(store: ShipmentStore, now: datetime) -> int:
    """Take a snapshot of every shipment that is due; return how many. Safe to repeat.

    A shipment that moves meanwhile is left to the next run. Raises `TransientError` when the store cannot be
    reached.
    """
    return sum(_take_snapshot(store, state, now) for state in _read_due(store, now))


def _read_due(store: ShipmentStore, now: datetime) -> Iterator[ShipmentState]:
    old = Shipment.objects.filter(created_at__lte=now - SNAPSHOT_AT_AGE)
    going_on = old.filter(~Q(status__in=END_STATUSES) | Q(status_at__gte=now - STATES_KEPT_FOR))
    ids = list(going_on.values_list("shipment_id", flat=True))
    due_before = format_time(now - KEPT_AS_EVENTS - NEXT_SNAPSHOT_AFTER)
    for start in range(0, len(ids), SHIPMENTS_PER_READ):
        for state in store.read_current(ids[start : start + SHIPMENTS_PER_READ]).values():
            if state.snapshot is None or state.snapshot.state.last_order < due_before:
                yield state


def _take_snapshot(store: ShipmentStore, state: ShipmentState, now: datetime) -> bool:
    snapshot = make_snapshot(state, store.read_timeline(state.shipment_id), now - KEPT_AS_EVENTS)
    if snapshot is None:
        return False
    after = msgspec.structs.replace(state, snapshot=snapshot, state_version=state.state_version + 1)
    (outcome,) = store.commit([Commit(state, after, ())])
    return outcome.committed
