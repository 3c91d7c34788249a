"""Reconcile: hold the read model against the timelines, and make it anew where it differs."""

from collections.abc import Iterator
from itertools import islice

import msgspec

from tracking.domain.shipment import ShipmentState
from tracking.ports import ShipmentStore
from tracking.services.recording.read_model import find_differing, rebuild_row

SHIPMENTS_A_READ = 100
# Enough to look at; the number of all is told beside them.
NAMED = 100


class Reconciled(msgspec.Struct):
    """How many shipments were compared, how many rows differ (some are named), how many were made anew."""

    shipments: int = 0
    differing: int = 0
    rebuilt: int = 0
    examples: list[str] = []


def reconcile(store: ShipmentStore, *, rebuild: bool = False) -> Reconciled:
    """Compare every shipment's row with its state; with `rebuild`, make the rows that differ anew.

    A row may be a second behind while the bus is on its way, so what differs is looked at twice. Raises
    `TransientError` when the store cannot be reached.
    """
    found = Reconciled()
    for states in _read_all(store):
        found.shipments += len(states)
        suspects = find_differing(states)
        read_again = store.read_current([state.shipment_id for state in suspects]) if suspects else {}
        differing = find_differing(read_again.values())
        found.differing += len(differing)
        found.examples += [state.shipment_id for state in differing][: NAMED - len(found.examples)]
        if rebuild:
            for state in differing:
                rebuild_row(state)
            found.rebuilt += len(differing)
    return found


def _read_all(store: ShipmentStore) -> Iterator[list[ShipmentState]]:
    ids = iter(store.read_shipment_ids())
    while some := list(islice(ids, SHIPMENTS_A_READ)):
        yield list(store.read_current(some).values())
