"""Renders the stored state of every shipment of a run: in transit, with a lane and a promised window."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from laboratory.bench.stub.ledger import FOUND_PLACE, FOUND_VERSION, StreamPlace
from tracking.adapters.items import encode, state_item
from tracking.adapters.packed import pack
from tracking.domain.events import Eta, HubPoint, Lane, Place, Window
from tracking.domain.identity import short_hash
from tracking.domain.shipment import JourneyStep, Position, ShipmentState
from tracking.domain.status import Status
from tracking.eta.shown_arrival import find_shown

_ID = "@shipment@"
_VERSION = 987_654_321
_STATE = "@state@"
# Sorts before everything that a run sends.
BEFORE_ALL = "2020"
ORIGIN = HubPoint(hub_id="BLR-1", name="Bengaluru hub", lat=12.9784, lon=77.6408)
DESTINATION = HubPoint(hub_id="NAG-1", name="Nagpur hub", lat=21.1458, lon=79.0882)


class StateTemplate:
    """Template of a state's item, filled with a shipment id, a version and a place in the stream."""

    def __init__(self, now: datetime) -> None:
        state = _make_state(now)
        item = state_item(state) | {"state": {"B": _STATE}}
        self._item = _cut(encode(item).decode())
        self._state = _cut(encode(state).decode())

    def render(self, shipment_id: str, version: int = FOUND_VERSION, place: StreamPlace = FOUND_PLACE) -> str:
        """Return the item as DynamoDB JSON."""
        filled = {"id": shipment_id, "version": str(version)} | place._asdict()
        state = b64encode(pack(_fill(self._state, filled).encode())).decode()
        return _fill(self._item, filled | {"state": state})


def _cut(text: str) -> list[str]:
    """Return the text in parts, of which every second one is a name that `_fill` replaces."""
    text = text.replace(_ID, "\0id\0").replace(str(_VERSION), "\0version\0").replace(_STATE, "\0state\0")
    text = text.replace(FOUND_PLACE.source, "\0source\0").replace(FOUND_PLACE.position, "\0position\0")
    return text.split("\0")


def _fill(parts: Sequence[str], values: Mapping[str, str]) -> str:
    return "".join([values[part] if number % 2 else part for number, part in enumerate(parts)])


def _make_state(now: datetime) -> ShipmentState:
    now = now.astimezone(UTC).replace(microsecond=0)
    left = now - timedelta(hours=5)
    journey = _make_journey(now, left)
    eta = Eta(from_=now + timedelta(hours=9), at=now + timedelta(hours=14), to=now + timedelta(hours=26))
    return ShipmentState(
        shipment_id=_ID,
        status=Status.IN_TRANSIT,
        substatus="departed_origin",
        status_at=left,
        updated_at=left,
        eta=msgspec.structs.replace(eta, shown=find_shown(eta)),
        promised=Window(from_=now + timedelta(days=2), to=now + timedelta(days=4)),
        lane=Lane(origin=ORIGIN, destination=DESTINATION),
        destination_pin="440001",
        position=Position(
            lat=ORIGIN.lat, lon=ORIGIN.lon, occurred_at=left, order=BEFORE_ALL, place=Place(town="Bengaluru")
        ),
        reached={step.status.value: step.occurred_at for step in journey},
        journey=journey,
        vehicle_id="KA-01-0001",
        partner_id="prt_bench",
        last_order=BEFORE_ALL,
        state_version=_VERSION,
        stream_source=FOUND_PLACE.source,
        stream_position=FOUND_PLACE.position,
        # As long as those that the line remembers.
        recent_ids=tuple(short_hash(number)[:8] for number in range(16)),
        expires_at=int((now + timedelta(days=30)).timestamp()),
    )


def _make_journey(now: datetime, left: datetime) -> tuple[JourneyStep, ...]:
    hours = timedelta(hours=1)
    booked = JourneyStep(occurred_at=now - 26 * hours, event_id="d_booked", status=Status.CREATED)
    picked = JourneyStep(
        occurred_at=now - 9 * hours, event_id="d_picked", status=Status.PICKED_UP, substatus="from_shipper"
    )
    away = JourneyStep(
        occurred_at=left,
        event_id="d_left",
        status=Status.IN_TRANSIT,
        substatus="departed_origin",
        place=ORIGIN.name,
    )
    return booked, picked, away
