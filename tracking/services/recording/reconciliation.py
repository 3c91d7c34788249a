"""Reconcile the read model with the timelines: find the rows that differ and rebuild them."""

from collections.abc import Iterator
from itertools import islice

import msgspec

from tracking.domain.canary import is_canary
from tracking.domain.shipment import ShipmentState
from tracking.ports import ShipmentStore
from tracking.services.recording.read_model import find_differing, rebuild_row

SHIPMENTS_PER_READ = 100
# More examples help nobody; the number of all is reported beside them.
MAX_EXAMPLES = 100


class Reconciled(msgspec.Struct):
    """Counts of shipments compared, rows that differ and rows rebuilt; `examples` are ids that differ."""

    shipments: int = 0
    differing: int = 0
    rebuilt: int = 0
    examples: list[str] = []


def reconcile(store: ShipmentStore, *, rebuild: bool = False) -> Reconciled:
    """Compare every shipment's row with its state; with `rebuild`, rewrite the rows that differ.

    A row may be a second behind while a change is on the bus, so a row that differs is compared twice. Raises
    `TransientError` when the store cannot be reached.
    """
    found = Reconciled()
    for states in _read_all(store):
        found.shipments += len(states)
        suspects = find_differing(states)
        read_again = store.read_current([state.shipment_id for state in suspects]) if suspects else {}
        differing = find_differing(read_again.values())
        found.differing += len(differing)
        found.examples += [state.shipment_id for state in differing][: MAX_EXAMPLES - len(found.examples)]
        if rebuild:
            for state in differing:
                rebuild_row(state)
            found.rebuilt += len(differing)
    return found


def _read_all(store: ShipmentStore) -> Iterator[list[ShipmentState]]:
    ids = (shipment_id for shipment_id in store.read_shipment_ids() if not is_canary(shipment_id))
    while batch := list(islice(ids, SHIPMENTS_PER_READ)):
        yield list(store.read_current(batch).values())
