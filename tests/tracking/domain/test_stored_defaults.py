"""Stored values leave out what is at its default, so no default may change: old rows would change with it."""

import msgspec

from tracking.domain.events import Change, Eta, Explanation, Place, TrackingEvent
from tracking.domain.legs import FinishedLeg, OpenLeg
from tracking.domain.shipment import JourneyStep, ShipmentState
from tracking.domain.vehicles import VehicleManifest, VehicleState
from tracking.eta.tours import Tour

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
    Explanation: "remaining_km stops_ahead",
    Eta: "as_of explanation",
    TrackingEvent: (
        "shipment_id vehicle_id device_id status reported_status substatus reason_code lat lon accuracy_m"
        " speed_kmh heading note actor partner_id booking tour retracts supersedes correction_reason"
        " device_at gateway_at traceparent place eta lateness_risk open_leg recorded_at reject_reason change"
        " change_id pending pending_since"
    ),
    Change: "partner_id traceparent finished_leg",
    OpenLeg: "vehicle_id dwelt_min stops_ahead lat lon",
    FinishedLeg: "vehicle_id shipment_id dwelt_min stops_ahead",
    JourneyStep: "substatus place",
    ShipmentState: (
        "substatus status_at updated_at eta eta_notified eta_notified_at open_leg hub_stay promised lane"
        " destination_pin planned_minutes position last_rejected vehicle_id manifest_vehicle_id"
        " partner_id base"
    ),
    VehicleState: "fix partner_id",
    VehicleManifest: "ends_at",
    Tour: "started_at",
}


def write_whole(value):
    """Return the value as JSON would have it, with the fields at their default."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        return {field.encode_name: write_whole(getattr(value, field.name)) for field in fields}
    return msgspec.json.decode(msgspec.json.encode(value))
