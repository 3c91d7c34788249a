"""Timelines drawn by hypothesis: every kind of event the fold knows, corrections and strangers among them."""

import hypothesis.strategies as st

from tests.events import at, make_event
from tracking.domain.events import Booking, Eta, LatenessRisk, TrackingEvent, Window
from tracking.domain.legs import OpenLeg
from tracking.domain.status import Status

STATUSES = st.sampled_from([None, *Status])
ETAS = st.none() | st.integers(0, 600).map(
    lambda minutes: Eta(from_=at(minutes), at=at(minutes + 10), to=at(minutes + 30))
)
LATENESS_RISKS = st.none() | st.builds(LatenessRisk, p_late=st.floats(0, 1), is_trusted=st.booleans())
SUBSTATUSES = st.sampled_from([None, "arrived_hub", "departed_hub", "departed_hub"])
BOOKING = Booking(promised=Window(from_=at(0), to=at(120)), destination_pin="560034")
BOOKINGS = st.sampled_from([None, None, None, BOOKING])
SOURCES = st.sampled_from(["device", "device", "api", "manual", "manifest", "system"])
PARTNERS = st.sampled_from([None, None, "prt_1", "prt_2"])
# One id may come with two times, and a name may stand for an event that never comes.
IDS = [f"e{number}" for number in range(10)]
CLOCK_KINDS = {"stalled-no_scan-1": "no_scan", "arriving-0": "arriving"}
NAMES = st.sampled_from([None, None, None, None, *IDS])


@st.composite
def timelines(draw: st.DrawFn, max_size: int = 9) -> list[TrackingEvent]:
    """Some events at distinct or equal minutes."""
    minutes = draw(st.lists(st.integers(0, 40), min_size=1, max_size=max_size))
    events = {}
    for index, minute in enumerate(minutes):
        event = draw(events_at(minute, draw(st.sampled_from([f"e{index}", f"e{index}", "e0", *CLOCK_KINDS]))))
        events[event.sort_key] = event
    return list(events.values())


@st.composite
def events_at(draw: st.DrawFn, minute: int, event_id: str) -> TrackingEvent:
    """An event of shipment 123 at a minute."""
    status = draw(STATUSES)
    reported = draw(st.sampled_from([None, "delayed", "teleported"])) if status is None else None
    has_position = draw(st.booleans())
    substatus = draw(SUBSTATUSES) if status is Status.IN_TRANSIT else None
    departs = substatus == "departed_hub"
    source = draw(SOURCES)
    return make_event(
        minute,
        event_id,
        status=status,
        substatus=substatus,
        reported_status=reported,
        lat=12.9 + minute / 100 if has_position else None,
        lon=77.5 if has_position else None,
        accuracy_m=draw(st.sampled_from([None, 10.0, 900.0])),
        fix_flags=draw(st.sampled_from([(), (), ("jump",), ("rebased",)])),
        vehicle_id=draw(st.sampled_from([None, "v1", "v2"])),
        eta=draw(ETAS) if has_position else None,
        lateness_risk=draw(LATENESS_RISKS) if has_position else None,
        open_leg=OpenLeg(origin="A", destination="B", departed_at=at(minute)) if departs else None,
        booking=draw(BOOKINGS),
        device_seq=draw(st.integers(0, 2)),
        source=source,
        clock_kind=CLOCK_KINDS.get(event_id) if source == "system" else None,
        partner_id=draw(PARTNERS),
        retracts=draw(NAMES),
        supersedes=draw(NAMES),
    )
