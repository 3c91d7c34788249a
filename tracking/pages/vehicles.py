"""Vehicle rows of the console, each with one state that shows if it needs attention."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from tracking.services.operations.incident_kinds import is_red
from tracking.services.reading.parcels_aboard import find_worst, judge_parcel
from tracking.status_style import Tone

SILENT_AFTER = timedelta(minutes=10)
# Below this speed in km/h a vehicle counts as parked.
MOVING_FROM_KMH = 2.0

VehicleState = Literal["incident", "exception", "failed", "late", "silent", "parked", "on_time", "moving"]


class StateStyle(NamedTuple):
    """Name of a vehicle's state and the tone of its pill."""

    text: str
    tone: Tone


STATE_STYLES: dict[VehicleState, StateStyle] = {
    "incident": StateStyle("Act now", "bad"),
    "exception": StateStyle("Parcel problem", "warn"),
    "failed": StateStyle("Attempt failed", "warn"),
    "late": StateStyle("Late", "warn"),
    "silent": StateStyle("Silent", "idle"),
    "parked": StateStyle("Parked", "idle"),
    "on_time": StateStyle("On time", "good"),
    "moving": StateStyle("Moving", "idle"),
}
# States that need attention come first.
ORDER: tuple[VehicleState, ...] = tuple(STATE_STYLES)


class Carried(NamedTuple):
    """Parcel that the table names for a vehicle, its status, and how many more are aboard."""

    shipment_id: str | None
    status: str | None
    more: int = 0


class VehicleRow(NamedTuple):
    """Row of the table: the last report of a vehicle, its state at that moment, and what it carries."""

    vehicle_id: str
    state: VehicleState
    style: StateStyle
    last_scanned: str | None
    carried: Carried
    speed_kmh: float | None
    occurred_at: datetime


def list_vehicles(
    vehicles: Iterable[dict[str, Any]], incidents: Iterable[dict[str, Any]], now: datetime
) -> list[VehicleRow]:
    """List the vehicles of a snapshot as rows, those that need attention first."""
    troubled = {incident["vehicle_id"] for incident in incidents if is_red(incident, now)}
    rows = [make_row(vehicle, vehicle["vehicle_id"] in troubled, now) for vehicle in vehicles]
    return sorted(rows, key=lambda row: (ORDER.index(row.state), row.vehicle_id))


def find_state(vehicle: dict[str, Any], occurred_at: datetime, now: datetime, troubled: bool) -> VehicleState:
    """Return the state of a vehicle by its last report and the worst of its parcels.

    `fleet_state.js` repeats the rule in the browser.
    """
    if now - occurred_at > SILENT_AFTER:
        return "silent"
    if troubled:
        return "incident"
    # Of parcels that have ended, or of none, nothing says whether the vehicle is in time.
    worst = find_worst(vehicle["aboard"], judge_parcel(vehicle["status"], vehicle["is_delayed"]))
    if worst is not None and worst != "on_time":
        return worst
    if vehicle["speed_kmh"] is not None and vehicle["speed_kmh"] < MOVING_FROM_KMH:
        return "parked"
    return worst or "moving"


def find_carried(vehicle: dict[str, Any]) -> Carried:
    """Return the worst parcel on the run of a vehicle; the one last scanned aboard if that is worse.

    `fleet_state.js` repeats the rule in the browser.
    """
    parcel, own = vehicle["worst_parcel"], judge_parcel(vehicle["status"], vehicle["is_delayed"])
    if parcel is not None and find_worst(vehicle["aboard"], own) == vehicle["aboard"]:
        return Carried(**parcel)
    return Carried(vehicle["shipment_id"], vehicle["status"], parcel["more"] + 1 if parcel else 0)


def make_row(vehicle: dict[str, Any], troubled: bool, now: datetime) -> VehicleRow:
    """Return the row of a vehicle of a snapshot; `troubled` if an incident about it needs action now."""
    occurred_at = datetime.fromisoformat(vehicle["occurred_at"])
    state = find_state(vehicle, occurred_at, now, troubled)
    return VehicleRow(
        vehicle_id=vehicle["vehicle_id"],
        state=state,
        style=STATE_STYLES[state],
        last_scanned=vehicle["shipment_id"],
        carried=find_carried(vehicle),
        speed_kmh=vehicle["speed_kmh"],
        occurred_at=occurred_at,
    )
