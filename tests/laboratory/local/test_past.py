"""Past of a demo's fleet: legs and tours before the start, learned once."""

from datetime import UTC, datetime

from laboratory.local.past import Past, learn_past
from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.parcels import Parcel
from laboratory.simulator.reports import Booking, Manifest, Report, Truth
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.legs import ANY_CLASS, RECIPIENT, FinishedLeg, LegProfile
from tracking.eta.durations import (
    TYPICAL_DWELL,
    TYPICAL_TOUR,
    durations_at,
    dwell_key,
    predict_duration,
    tour_key,
)
from tracking.services.prediction.leg_files import RecordedLeg

FLEET = FleetOptions(vehicles=20, hour=14)
HUB = "BLR-KRM"


def moment(second):
    return datetime.fromtimestamp(STARTED_AT + second, UTC)


def attempt(second, number=1, *, is_false=False):
    return Truth(second, "attempt", {"shipment_id": "S-1", "number": number, "false": is_false})


def test_legs_between_hubs_and_tours_up_to_the_first_real_attempt_are_collected():
    parcel = Parcel("S-1", {}, ("BLR-PNY", HUB), LIVELY.areas[HUB][0])
    lane = {"origin": "BLR-PNY", "destination": HUB, "planned_minutes": 40.0, "vehicle_class": "Feeder "}
    scan = {"shipment_id": "S-1", "status": "in_transit", "substatus": "arrived_destination_hub"}
    past = Past(STARTED_AT)
    past.follow([
        Booking(-9000.0, parcel, (-5400.0, 0.0), 40),
        Truth(-5000.0, "leg", lane | {"leg_id": "FD-1", "departed_s": -7700.0, "arrived_s": -5000.0}),
        Report(-4000.0, scan),
        Manifest(-3700.0, "VAN-1", ("S-0", "S-1")),
        Report(-3640.0, scan | {"status": "out_for_delivery", "substatus": "loaded"}),
        attempt(-3000.0, is_false=True),
        attempt(-2500.0),
        attempt(-1000.0, number=2),
        # A tour whose loading is not known teaches nothing.
        Truth(-900.0, "attempt", {"shipment_id": "S-9", "number": 1, "false": False}),
    ])  # fmt: skip
    profile = LegProfile("BLR-PNY", HUB, "feeder", "p", 40.0)
    assert past.hub_legs == [RecordedLeg("FD-1", profile, moment(-7700.0), moment(-5000.0))]
    tour = {"departed_at": moment(-3640.0), "arrived_at": moment(-2500.0), "dwelt_min": 6.0, "stops_ahead": 1}
    promise = {"booked_at": moment(-9000.0), "promised_at": moment(0.0)}
    known = {"vehicle_class": ANY_CLASS, "base_from": "d", "base_min": 0.0, "shipment_id": "S-1"}
    assert past.tours == [FinishedLeg(HUB, RECIPIENT, **known, **tour, **promise)]


def test_a_product_that_has_learned_from_the_past_expects_the_short_tours_of_the_demo():
    lanes = MemoryLaneStatisticsStore()
    assert learn_past(lanes, LIVELY, FLEET, STARTED_AT) > 100
    keys = [tour_key(HUB), dwell_key(HUB)]
    known = {key: entry.statistic for key, entry in lanes.read(keys).items()}
    for key, typical, most_min in zip(keys, (TYPICAL_TOUR, TYPICAL_DWELL), (60, 10), strict=True):
        assert predict_duration(durations_at(known, key), typical).p50 < most_min


def test_what_the_product_has_learned_since_is_not_replaced():
    lanes = MemoryLaneStatisticsStore()
    learn_past(lanes, LIVELY, FLEET, STARTED_AT)
    before = lanes.read([tour_key(HUB)])
    assert learn_past(lanes, LIVELY, FLEET, STARTED_AT + 3600) == 0
    assert lanes.read([tour_key(HUB)]) == before


def test_windows_that_nobody_was_shown_do_not_count_in_the_public_quality():
    class Seen(MemoryLaneStatisticsStore):
        def put(self, statistics):
            super().put(statistics)
            self.keys = set(statistics)

    lanes = Seen()
    learn_past(lanes, LIVELY, FLEET, STARTED_AT)
    assert [key for key in lanes.keys if key.startswith("lane#k#")] == []
