"""Stored values leave out what is at its default, so no default may change: old rows would change with it."""

import msgspec
import pytest

from tracking.domain.delay import Delay
from tracking.domain.events import (
    Change,
    Eta,
    Explanation,
    Facts,
    LatenessRisk,
    Place,
    TrackingEvent,
)
from tracking.domain.legs import FinishedLeg, OpenLeg
from tracking.domain.shipment import JourneyStep, ShipmentState
from tracking.domain.tour import Tour
from tracking.domain.vehicles import VehicleManifest, VehicleState
from tracking.eta.lanes import Level, Spread

NOON = "2026-11-22T07:00:00Z"
WINDOW = {"from": NOON, "at": NOON, "to": NOON}
EVENT = {"event_id": "e1", "sort_key": "k", "occurred_at": NOON, "received_at": NOON}
CHANGE = EVENT | {
    "change_id": "chg_1",
    "type": "created",
    "shipment_id": "123",
    "before": {},
    "after": {},
    "why": "Booked",
    "recorded_at": NOON,
    "state_version": 1,
}
LEG = {"origin": "A", "destination": "B", "departed_at": NOON}
NO_FACTS = {"status": None, "substatus": None, "leg": "forward", "eta": None, "is_delayed": False}
NO_DELAY = {
    "phase": "on_time",
    "minutes": 0,
    "cause": "eta",
    "since": None,
    "p_late": None,
    "p_at_dispatch": None,
    "above": 0,
    "below": 0,
    "told": 0,
    "told_at": None,
    "is_told": False,
    "episode": 0,
    "evaluated_at": None,
    "reported": False,
}
# Fields that are nothing, nobody or never unless they are written.
EMPTY = {
    Place: "town district state pincode hub_id hub_name distance_km town_distance_km source dataset_version",
    Explanation: "remaining_km stops_ahead widening",
    Eta: "as_of explanation shown",
    TrackingEvent: (
        "shipment_id vehicle_id device_id status reported_status substatus reason_code lat lon accuracy_m"
        " speed_kmh heading note actor partner_id booking tour retracts supersedes correction_reason"
        " device_at gateway_at traceparent place eta lateness_risk open_leg recorded_at reject_reason change"
        " change_id pending pending_since clock_kind evidence hub_id"
    ),
    Change: "partner_id traceparent finished_leg reason_code evidence",
    OpenLeg: "vehicle_id dwelt_min stops_ahead lat lon low_offset high_offset",
    FinishedLeg: (
        "vehicle_id shipment_id dwelt_min stops_ahead low_offset high_offset first_estimate booked_at"
        " promised_at"
    ),
    JourneyStep: "substatus place",
    ShipmentState: (
        "substatus status_at updated_at eta eta_notified eta_notified_at open_leg hub_stay promised"
        " deliver_from lane destination_pin planned_minutes position last_rejected vehicle_id"
        " manifest_vehicle_id partner_id snapshot first_estimate"
    ),
    VehicleState: "fix partner_id",
    VehicleManifest: "ends_at",
    Tour: "started_at",
}


@pytest.mark.parametrize(
    ("kind", "written", "rest"),
    [
        (Place, {}, {"quality": "none"}),
        (
            Explanation,
            {"basis": "global"},
            {
                "n": 0,
                "base_min": 0.0,
                "base_from": "distance",
                "pace": 0.0,
                "dwell_ahead_min": 0.0,
                "legs_ahead": 0,
                "interval_from": "",
            },
        ),
        (Eta, WINDOW, {"confidence": "low"}),
        (LatenessRisk, {"p_late": 0.5}, {"trusted": False, "firm": True}),
        (Facts, {}, NO_FACTS),
        (
            TrackingEvent,
            EVENT,
            {
                "device_seq": 0,
                "fix_flags": [],
                "ignored_fields": [],
                "fix_memory": "",
                "source": "device",
                "livemode": True,
                "is_untimed": False,
                "stream_source": "",
                "stream_position": "",
                "applied": True,
                "late": False,
                "expires_at": 0,
                "schema_version": 1,
            },
        ),
        (
            Change,
            CHANGE,
            {
                "before": NO_FACTS,
                "after": NO_FACTS,
                "cause": "event",
                "episode": 0,
                "livemode": True,
                "late": False,
                "also": [],
            },
        ),
        (Delay, {}, NO_DELAY),
        (
            OpenLeg,
            LEG,
            {
                "base_min": 0.0,
                "basis": "d",
                "vehicle_class": "any",
                "mu": 0.0,
                "group": "",
                "km": 0.0,
                "under_way": [],
            },
        ),
        (
            FinishedLeg,
            LEG | {"vehicle_class": "any", "basis": "d", "base_min": 9.0, "arrived_at": NOON},
            {"mu": 0.0, "group": "", "under_way": [], "is_collected": False},
        ),
        (
            JourneyStep,
            {"occurred_at": NOON, "event_id": "e1", "status": "created"},
            {"late": False, "corrected": False},
        ),
        (
            ShipmentState,
            {"shipment_id": "123"},
            {
                "status": "unknown",
                "leg": "forward",
                "delay": NO_DELAY,
                "eta_order": "",
                "is_stalled": False,
                "reached": {},
                "journey": [],
                "attempts": 0,
                "doubts": [],
                "livemode": True,
                "last_order": "",
                "withdrawn": {},
                "state_version": 0,
                "hash_before_join": "",
                "stream_source": "",
                "stream_position": "",
                "recent_ids": [],
                "fix_memory": "",
                "expires_at": 0,
            },
        ),
        (
            VehicleState,
            {"vehicle_id": "KA-1"},
            {"vehicle_version": 0, "fix_memory": "", "livemode": True, "vehicle_class": "any"},
        ),
        (
            VehicleManifest,
            {"vehicle_id": "KA-1", "manifest_id": "m1", "version": 1, "starts_at": NOON},
            {"shipment_ids": []},
        ),
        (Tour, {"stops_ahead": 2}, {"stops_done": 0, "two_wheeler": False, "is_as_loaded": False}),
        (Level, {}, {"v": 0.0, "n": 0.0}),
        (Spread, {}, {"l10": -0.45, "l90": 0.6, "n": 40.0}),
    ],
)
def test_a_field_that_is_not_written_has_the_value_it_has_always_had(kind, written, rest):
    read = msgspec.json.decode(msgspec.json.encode(written), type=kind)
    stored_names = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    empty = {stored_names[name]: None for name in EMPTY.get(kind, "").split()}
    assert write_whole(read) == written | empty | rest


def write_whole(value):
    """Return the value as JSON would have it, with the fields at their default."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        return {field.encode_name: write_whole(getattr(value, field.name)) for field in fields}
    return msgspec.json.decode(msgspec.json.encode(value))
