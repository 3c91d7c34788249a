"""The state every shipment of a run is found in, rendered once: on the way, with a lane and a promise."""

from datetime import UTC, datetime, timedelta

import msgspec

from swiftlogix.bench.stub.ledger import FOUND_VERSION
from tracking.adapters.items import state_item
from tracking.domain.events import Eta, HubPoint, Lane, Place, Window
from tracking.domain.shipment import JourneyStep, Position, ShipmentState, seal
from tracking.domain.status import Status

_ID = "@shipment@"
_VERSION = 987_654_321


class StateTemplate:
    """A state's row, to be filled with a shipment and a version."""

    def __init__(self, now: datetime) -> None:
        text = msgspec.json.encode(state_item(_make_state(now))).decode()
        text = text.replace(f'"{_ID}"', "\0id\0").replace(str(_VERSION), "\0version\0")
        self._parts = text.split("\0")

    def render(self, shipment_id: str, version: int = FOUND_VERSION) -> str:
        """The row as JSON."""
        filled = {"id": f'"{shipment_id}"', "version": str(version)}
        return "".join(filled.get(part, part) for part in self._parts)


def _make_state(now: datetime) -> ShipmentState:
    now = now.astimezone(UTC).replace(microsecond=0)
    origin = HubPoint(hub_id="BLR-1", name="Bengaluru hub", lat=12.9784, lon=77.6408)
    destination = HubPoint(hub_id="NAG-1", name="Nagpur hub", lat=21.1458, lon=79.0882)
    left = now - timedelta(hours=5)
    steps = ((Status.CREATED, None, 26), (Status.PICKED_UP, "from_shipper", 9))
    journey = [
        JourneyStep(
            occurred_at=now - timedelta(hours=hours), event_id=f"d_{word}", status=word, substatus=sub
        )
        for word, sub, hours in steps
    ]
    journey.append(
        JourneyStep(
            occurred_at=left,
            event_id="d_left",
            status=Status.IN_TRANSIT,
            substatus="departed_origin",
            place="Bengaluru hub",
        )
    )
    state = ShipmentState(
        shipment_id=_ID,
        status=Status.IN_TRANSIT,
        substatus="departed_origin",
        status_at=left,
        updated_at=left,
        eta=Eta(from_=now + timedelta(hours=9), at=now + timedelta(hours=14), to=now + timedelta(hours=26)),
        promised=Window(from_=now + timedelta(days=2), to=now + timedelta(days=4)),
        lane=Lane(origin=origin, destination=destination),
        destination_pin="440001",
        position=Position(
            lat=12.9784,
            lon=77.6408,
            occurred_at=left,
            order="2020",
            place=Place(town="Bengaluru", state="Karnataka", distance_km=4.0),
        ),
        reached={step.status.value: step.occurred_at for step in journey},
        journey=tuple(journey),
        vehicle_id="KA-01-0001",
        partner_id="prt_bench",
        # Before everything a run sends, whatever the clock says.
        last_order="2020",
        state_version=_VERSION,
        stream_source="1767225600/shardId-of-yesterday",
        stream_position="0" * 64 + ".000000",
        recent_ids=tuple(f"d_{number:026d}" for number in range(16)),
        expires_at=int((now + timedelta(days=30)).timestamp()),
    )
    return seal(state)
