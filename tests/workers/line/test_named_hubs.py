"""Scans that name their hub instead of a position: air cargo and vehicles of other carriers."""

import msgspec
import pytest

from tests.events import at
from tests.tracking.domain.journeys import CHENNAI, PEENYA, VELLORE
from tests.workers.line.test_enrich import BOOKING, StillPlaces, scan
from tracking.domain.distance import distance_km
from tracking.domain.events import Place
from tracking.domain.fold import fold
from tracking.domain.geofence import make_geofence
from tracking.domain.shipment import ShipmentState
from tracking.eta.lanes import lane_key
from workers.line.enrich import enrich
from workers.line.gather import Gathered, read_statistics
from workers.places.fences import GeofenceIndex

VELLORE_HUB = make_geofence("VLR-KTP", "hub", *VELLORE, "Vellore hub")
FENCES = GeofenceIndex(lambda: [VELLORE_HUB])
BOOKED = scan(-5, status="created", source="api", booking=BOOKING, partner_id="prt_1")
DEPARTED = scan(0, status="in_transit", substatus="departed_origin", hub_id="BLR-PNY")
REACHED = scan(200, status="in_transit", substatus="arrived_hub", hub_id="VLR-KTP")
LEFT = scan(260, status="in_transit", substatus="departed_hub", hub_id="VLR-KTP")
ARRIVED = scan(420, status="in_transit", substatus="arrived_destination_hub", hub_id="MAA-GDY")


def run(*scans) -> tuple[list, ShipmentState]:
    """Enrich the scans one by one; return the events and the state after them."""
    state, events = None, []
    for each in scans:
        states = {"123": state} if state else {}
        events += enrich(Gathered([each], states), StillPlaces(), FENCES).events
        state = fold(ShipmentState(shipment_id="123"), events).state
    return events, state


def test_a_route_over_a_hub_between_the_ends_is_known_from_scans_alone():
    events, state = run(BOOKED, DEPARTED, REACHED, LEFT)
    left = events[-1]
    assert left.place == Place(town="Vellore", state="Tamil Nadu", hub_id="VLR-KTP", hub_name="Vellore hub")
    leg = left.open_leg
    assert (leg.origin, leg.destination, leg.dwelt_min) == ("VLR-KTP", "MAA-GDY", 60.0)
    assert leg.km == pytest.approx(distance_km(*VELLORE, CHENNAI.lat, CHENNAI.lon), abs=0.001)
    assert left.eta is not None
    assert left.eta.to > at(260)
    assert state.position is None


def test_the_legs_before_and_after_such_a_hub_end_at_their_own_hubs():
    events, state = run(BOOKED, DEPARTED, REACHED, LEFT, ARRIVED)
    legs = [event.open_leg for event in events if event.open_leg]
    assert [(leg.origin, leg.destination, leg.departed_at) for leg in legs] == [
        ("BLR-PNY", "MAA-GDY", at(0)),
        ("VLR-KTP", "MAA-GDY", at(260)),
    ]
    assert (state.open_leg, state.hub_stay.hub_id) == (None, "MAA-GDY")


def test_the_end_of_a_lane_is_known_also_where_the_network_is_not():
    events, _ = run(BOOKED, DEPARTED)
    assert (events[-1].place.hub_name, events[-1].ignored_fields) == ("Peenya hub", ())


def test_a_hub_that_there_is_not_is_ignored_and_the_status_counts():
    lost = msgspec.structs.replace(REACHED, hub_id="NOWHERE")
    events, _ = run(BOOKED, DEPARTED, lost)
    assert (events[-1].place, events[-1].ignored_fields) == (None, ("hub_id",))
    assert events[-1].applied


def test_a_position_counts_more_than_the_hub_that_is_named_beside_it():
    with_position = msgspec.structs.replace(REACHED, lat=PEENYA.lat, lon=PEENYA.lon)
    events, _ = run(BOOKED, DEPARTED, with_position)
    assert events[-1].place.hub_id == "BLR-PNY"


def test_the_statistics_of_a_named_hub_are_read_with_the_batch():
    class Asked:
        def read(self, keys):
            return dict.fromkeys(frozenset().union(*keys))

    state = run(BOOKED, DEPARTED, REACHED)[1]
    read = read_statistics(Asked(), [LEFT], {"123": state}, FENCES)
    leg = run(BOOKED, DEPARTED, REACHED, LEFT)[0][-1].open_leg
    assert lane_key(leg.profile) in read
