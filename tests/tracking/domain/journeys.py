"""A parcel's way from Bengaluru to Chennai for tests: its booking, and scans enriched as the line does it."""

import msgspec

from tests.events import at, make_event
from tracking.domain.events import Booking, HubPoint, Lane, Place, TrackingEvent, Window
from tracking.domain.fold import apply_event
from tracking.domain.shipment import ShipmentState
from tracking.eta.forecast import forecast
from tracking.eta.lanes import LaneStatistics
from tracking.eta.scan_context import ScanContext

PEENYA = HubPoint(hub_id="BLR-PNY", name="Peenya hub", lat=13.0285, lon=77.5190)
CHENNAI = HubPoint(hub_id="MAA-GDY", name="Guindy hub", lat=13.0067, lon=80.2206)
# Between the two.
VELLORE = (12.9165, 79.1325)
LANE = Lane(origin=PEENYA, destination=CHENNAI)
LANE_KM = 292.69
EMPTY: LaneStatistics = {}


def book(
    *, promised: float = 3000, planned_minutes: int | None = None, pin: str | None = None
) -> TrackingEvent:
    booking = Booking(
        promised=Window(from_=at(0), to=at(promised)),
        lane=LANE,
        planned_minutes=planned_minutes,
        destination_pin=pin,
    )
    return make_event(-5, status="created", source="api", partner_id="prt_1", booking=booking)


class Journey:
    """Shipment that takes scan after scan, each forecast and folded at once."""

    def __init__(self, pages: LaneStatistics = EMPTY, **booking: object) -> None:
        self.book = pages
        self.state = ShipmentState(shipment_id="123")
        self.events: list[TrackingEvent] = []
        self.apply(book(**booking))

    def scan(self, minute: float, status: str | None = None, *, hub: HubPoint | None = None, **fields):
        """Apply a scan made at a hub or at `lat` and `lon`; return the event as it was recorded."""
        outside = ScanContext(hub_id=hub.hub_id if hub else None, tour=fields.pop("tour", None))
        if hub is not None:
            place = Place(hub_id=hub.hub_id, hub_name=hub.name)
            fields |= {"lat": hub.lat, "lon": hub.lon, "place": place}
        event = make_event(minute, status=status, **fields)
        expected = forecast(self.book, self.state, event, outside)
        known = {"eta": expected.eta, "lateness_risk": expected.lateness_risk, "open_leg": expected.open_leg}
        return self.apply(msgspec.structs.replace(event, **known))

    def apply(self, event: TrackingEvent) -> TrackingEvent:
        self.before = self.state
        self.state, self.verdict = apply_event(self.state, event)
        self.events.append(event)
        return event
