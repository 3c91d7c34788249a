"""Read states for readers that may miss what is not pushed yet: of the shared memory, else of the store.

A read has two steps, so that a caller can make each of them for many readers together: `find_pushed`, and
`complete` for what it did not answer.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tracking.domain.payload import is_id
from tracking.domain.shipment import ShipmentState
from tracking.ports import TrackingPorts
from tracking.services.reading.shipments import Tracked, join_vehicles, may_ride


class Found(NamedTuple):
    """Result of the first step: the state in the shared memory, or whether one of the store may be kept."""

    state: ShipmentState | None
    may_keep: bool

    @property
    def tracked(self) -> Tracked | None:
        """State that needs no second step."""
        return None if self.state is None or may_ride(self.state) else Tracked(self.state)


def find_pushed(ports: TrackingPorts, shipment_ids: Sequence[str]) -> dict[str, Found]:
    """Return what the shared memory has of each of these shipments, by id. Never raises."""
    kept = ports.kept_states.find(shipment_ids)
    if kept is None:
        return dict.fromkeys(shipment_ids, Found(None, may_keep=False))
    return {key: Found(kept.get(key), may_keep=key not in kept) for key in shipment_ids}


def complete(ports: TrackingPorts, found: Mapping[str, Found]) -> dict[str, Tracked]:
    """Return the states behind the answers, by shipment id; unknown shipments are left out.

    Costs a read of the store for what the shared memory did not have, and one for vehicles. Raises
    `TransientError` when the store cannot be reached.
    """
    states = {key: one.state for key, one in found.items() if one.state is not None}
    read = _read_store(ports, [key for key in found if key not in states])
    ports.kept_states.keep([state for key, state in read.items() if found[key].may_keep])
    joined = join_vehicles(ports.vehicles, [*states.values(), *read.values()])
    return {tracked.state.shipment_id: tracked for tracked in joined}


def read_pushed(ports: TrackingPorts, shipment_id: str) -> Tracked | None:
    """Return the state of one shipment, None for an unknown one.

    Costs no read of the store for a shipment that another reader has asked for in the last minute, except one
    for its vehicle. Raises `TransientError` when the store cannot be reached.
    """
    if not is_id(shipment_id):
        return None
    found = find_pushed(ports, [shipment_id])
    return found[shipment_id].tracked or complete(ports, found).get(shipment_id)


def _read_store(ports: TrackingPorts, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
    """Return the states of these shipments; of a single one by the call that costs least."""
    if len(shipment_ids) != 1:
        return ports.store.read_current(shipment_ids) if shipment_ids else {}
    state = ports.store.read_state(shipment_ids[0])
    return {} if state is None else {state.shipment_id: state}
