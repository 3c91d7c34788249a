"""A parcel out for delivery on a van near its door, for tests of the unlocked page."""

import dataclasses
from datetime import timedelta

import msgspec

from tests.tracking.pages.bookings import book, store_state
from tests.tracking.pages.examples import NOW, make_state
from tracking import ports
from tracking.adapters.memory_pincodes import MemoryPinCodes
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.shipment import Position
from tracking.domain.vehicles import VehicleManifest
from tracking.services.partners.recipients import Contact

RECIPIENT, SECRET = Contact("Asha Raghavan", "+919845012345"), "2345"
PIN, DOOR = "570001", (12.3052, 76.6551)
# About 2.1 km to the north-east of the door.
VAN = (12.3189, 76.6686)


def ride(stops_ahead: int, *, substatus: str = "loaded") -> str:
    """Book a parcel on a van with so many open stops before its own; return the token of its page."""
    names = [f"SLX-STOP-{number:02}" for number in range(stops_ahead)] + ["SLX-4821-NEAR"]
    mine = make_state(
        "out_for_delivery",
        substatus,
        position=_position_at(VAN),
        manifest_vehicle_id="VAN-7",
        destination_pin=PIN,
        place="Mysuru Hub",
    )
    states = [msgspec.structs.replace(mine, shipment_id=name) for name in names]
    vehicles = MemoryVehicleStore()
    vehicles.keep_manifest(
        VehicleManifest(
            vehicle_id="VAN-7",
            manifest_id="m",
            version=1,
            starts_at=NOW - timedelta(hours=1),
            shipment_ids=tuple(names),
        )
    )
    ports.wire(dataclasses.replace(ports.ports(), vehicles=vehicles, pin_codes=MemoryPinCodes({PIN: DOOR})))
    for state in states[:-1]:
        store_state(state)
    return book(states[-1], contact=RECIPIENT, pin_code=PIN)


def move(at: tuple[float, float]) -> None:
    """Move the van."""
    state = ports.ports().store.read_state("SLX-4821-NEAR")
    store_state(msgspec.structs.replace(state, position=_position_at(at)))


def _position_at(at: tuple[float, float]) -> Position:
    return Position(lat=at[0], lon=at[1], occurred_at=NOW - timedelta(minutes=1), order="1")
