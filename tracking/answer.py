"""Public and partner answers about a shipment, and the socket frames that carry them."""

from datetime import UTC, datetime
from typing import Any

from tracking.domain.calendars import DeliveryCalendar
from tracking.domain.events import Window, format_time
from tracking.domain.shipment import JourneyStep, ShipmentState, hash_state
from tracking.domain.shown_window import ShownWindow, say_at
from tracking.domain.status import END_STATUSES, HIDDEN_POSITION, Direction, Status
from tracking.domain.vehicles import VehicleState
from tracking.eta.shown_arrival import find_shown
from tracking.translation import Language, translate_status

# Two decimals are about 1.1 km: a reader sees the parcel approach but cannot find a street address.
PUBLIC_DECIMALS = 2
MILESTONES = (
    Status.CREATED,
    Status.PICKED_UP,
    Status.IN_TRANSIT,
    Status.OUT_FOR_DELIVERY,
    Status.DELIVERED,
)


def public_answer(
    state: ShipmentState, language: Language = "en", now: datetime | None = None
) -> dict[str, Any]:
    """Return the public answer: no personal data.

    Times are RFC 3339 UTC with milliseconds; coordinates are degrees with two decimals; `events` are
    newest first. Only `status_text` is in the requested language. `now` is when it is read: a shown window
    that has passed by then is replaced; None leaves it as it was recorded. Nothing else depends on the time.
    """
    eta = _eta(state, now)
    return {
        "shipment_id": state.shipment_id,
        "status": state.status.value,
        "substatus": state.substatus,
        "status_text": translate_status(state.status, language=language),
        "leg": state.direction.value,
        "status_at": _time(state.status_at),
        "updated_at": _time(state.updated_at),
        "is_delayed": state.is_delayed,
        "delay": _delay(state),
        "under_review": _is_under_review(state),
        "eta": eta,
        "promised": _window(state.promised),
        "milestones": _milestones(state, eta),
        "events": [_event(step) for step in reversed(state.journey)],
        "position": _position(state),
        "state_version": state.state_version,
        "state_hash": hash_state(state),
        "links": {
            "self": f"/tracking/{state.shipment_id}",
            "live": f"/ws/track/{state.shipment_id}/",
        },
    }


def partner_answer(state: ShipmentState, now: datetime | None = None) -> dict[str, Any]:
    """Return the answer for the partner who booked the shipment: the public one plus exact coordinates.

    `now` is when it is read, as in `public_answer`.
    """
    return public_answer(state, now=now) | {
        "position": _exact_position(state),
        "vehicle_id": state.vehicle_id,
        "attempts": state.attempts,
        "livemode": state.livemode,
        "links": {
            "self": f"/api/v1/tracking/{state.shipment_id}",
            "live": f"/ws/track/{state.shipment_id}/",
        },
    }


def live_frame(kind: str, state: ShipmentState, trace: dict[str, Any] | None = None) -> dict[str, Any]:
    """Build a frame with the whole answer: `snapshot` on connect, `state` (with a trace) on a new version."""
    answer = public_answer(state, now=datetime.now(UTC))
    frame = bare_frame(kind) | {"v": state.state_version, "shipment": answer}
    return frame if trace is None else frame | {"trace": trace}


def position_frame(vehicle: VehicleState) -> dict[str, Any]:
    """Build the frame with a vehicle's new position, rounded to `PUBLIC_DECIMALS`, for its shipments."""
    assert vehicle.fix is not None
    return {
        "type": "position",
        "vehicle_version": vehicle.vehicle_version,
        "lat": round(vehicle.fix.lat or 0.0, PUBLIC_DECIMALS),
        "lon": round(vehicle.fix.lon or 0.0, PUBLIC_DECIMALS),
        "occurred_at": format_time(vehicle.fix.occurred_at),
    }


def current_frame(state: ShipmentState) -> dict[str, Any]:
    """Build the frame for a client whose version is already the newest."""
    return bare_frame("current") | {"v": state.state_version}


def bare_frame(kind: str) -> dict[str, Any]:
    """Build a frame of this type with the current time and nothing else."""
    return {"type": kind, "at": format_time(datetime.now(UTC))}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _delay(state: ShipmentState) -> dict[str, Any] | None:
    if not state.is_delayed:
        return None
    delay = state.delay
    return {"minutes": delay.minutes, "cause": delay.cause, "since": _time(delay.since)}


def _is_under_review(state: ShipmentState) -> bool:
    """Return whether the attempt or delivery that led to the current status is in doubt."""
    since = state.status_at
    return since is not None and any(
        doubt.status is state.status and doubt.attempted_at >= since for doubt in state.doubts
    )


def describe_shown(shown: ShownWindow) -> dict[str, Any]:
    """Return the JSON of the window that people are shown, with the delivery hours it lies in."""
    return {
        "from": format_time(shown.from_),
        "at": format_time(shown.at),
        "to": format_time(shown.to),
        "text_code": shown.text_code,
        "reason": shown.reason,
        "expected_by": _time(shown.expected_by),
        "delivery_hours": _describe_hours(shown.calendar),
    }


def _describe_hours(calendar: DeliveryCalendar) -> dict[str, Any]:
    return {
        "from": f"{calendar.opens_min // 60:02d}:{calendar.opens_min % 60:02d}",
        "to": f"{calendar.closes_min // 60:02d}:{calendar.closes_min % 60:02d}",
        "days": calendar.days,
        "region": calendar.region,
        "holidays_kept": calendar.holidays_kept,
    }


def _eta(state: ShipmentState, now: datetime | None) -> dict[str, Any] | None:
    if state.eta is None or state.status in END_STATUSES:
        return None
    eta, shown = state.eta, find_shown(state.eta)
    return {
        "from": format_time(eta.from_),
        "at": format_time(eta.at),
        "to": format_time(eta.to),
        "confidence": eta.confidence,
        "shown": describe_shown(shown if now is None else say_at(shown, now)),
    }


def _window(window: Window | None) -> dict[str, str] | None:
    if window is None:
        return None
    return {"from": format_time(window.from_), "to": format_time(window.to)}


def _event(step: JourneyStep) -> dict[str, Any]:
    return {
        "occurred_at": format_time(step.occurred_at),
        "status": step.status.value,
        "substatus": step.substatus,
        "place": step.place,
        "late": step.late,
        "corrected": step.corrected,
    }


def _position(state: ShipmentState) -> dict[str, Any] | None:
    if state.position is None or state.status in HIDDEN_POSITION:
        return None
    return {
        "lat": round(state.position.lat, PUBLIC_DECIMALS),
        "lon": round(state.position.lon, PUBLIC_DECIMALS),
        "occurred_at": format_time(state.position.occurred_at),
    }


def _exact_position(state: ShipmentState) -> dict[str, Any] | None:
    if state.position is None:
        return None
    return {
        "lat": state.position.lat,
        "lon": state.position.lon,
        "occurred_at": format_time(state.position.occurred_at),
    }


def _milestones(state: ShipmentState, eta: dict[str, Any] | None) -> list[dict[str, Any]]:
    """List the five steps of every parcel, each `done`, `current`, `upcoming` or `skipped`.

    `delivered` is `done` once it is reached. Steps that a returned or cancelled parcel has not reached are
    `skipped`.
    """
    now = _current_milestone(state)
    steps = [
        _milestone(state, code, _stage(state, code, index, now)) for index, code in enumerate(MILESTONES)
    ]
    if steps[-1]["state"] == "upcoming" and eta:
        steps[-1]["estimated"] = eta["shown"]["at"]
    return steps


def _milestone(state: ShipmentState, code: Status, stage: str) -> dict[str, Any]:
    last, waiting = code is Status.DELIVERED, stage == "upcoming"
    return {
        "code": code.value,
        "state": stage,
        "planned": _time(state.promised.to) if last and state.promised else None,
        "estimated": None,
        "actual": None if waiting else _time(state.reached.get(code.value)),
    }


def _stage(state: ShipmentState, code: Status, index: int, now: int) -> str:
    given_up = state.direction is Direction.RETURN or state.status in END_STATUSES
    if index < now or (index == now and given_up):
        return "done" if code.value in state.reached else "skipped"
    if index == now:
        return "current"
    return "skipped" if given_up else "upcoming"


def _current_milestone(state: ShipmentState) -> int:
    """Return the index of the parcel's current milestone; -1 before the first.

    The newest milestone of the journey counts, not the furthest: a parcel may return from the van to the hub.
    """
    for step in reversed(state.journey):
        if step.status in MILESTONES:
            return MILESTONES.index(step.status)
    reached = [index for index, code in enumerate(MILESTONES) if code.value in state.reached]
    return max(reached, default=-1)
