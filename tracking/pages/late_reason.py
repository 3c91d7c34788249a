"""Reason of a late parcel: the same one for its recipient and for staff."""

from collections.abc import Mapping
from typing import Any

from tracking.domain.delay import DelayCause
from tracking.domain.journey import HINDRANCES, find_hindrance
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.texts import say_status
from tracking.pages.texts import render_first, render_text
from tracking.translation import current_language, translate_status

# Said to staff where no step of the journey says more.
_CAUSES: dict[DelayCause, str] = {
    "eta": "Expected past the promise",
    "promise": "No attempt was made by the promised time",
    "reported": "Reported as late",
}


def say_lateness(answer: Mapping[str, Any]) -> str:
    """Return why a late parcel is late: the last attempt or hold, else how the lateness was found."""
    event = next((event for event in answer["events"] if event["status"] in HINDRANCES), None)
    if event is None:
        return render_text(f"line.delayed.{answer['delay']['cause']}")
    status, substatus = event["status"], event["substatus"]
    if status == Status.ATTEMPT_FAILED:
        reason = render_first(f"line.{status}.{substatus}")
        return render_text("line.delayed.attempt_failed", reason=reason).strip()
    reason = translate_status(status, substatus, language=current_language())
    return render_text("line.delayed.held", reason=reason)


def say_lateness_to_staff(state: ShipmentState) -> str:
    """Return why a late shipment is late, in English; empty for one that is not late."""
    if not state.is_delayed:
        return ""
    hindrance = find_hindrance(state.journey)
    if hindrance is not None:
        return say_status(hindrance.status, hindrance.substatus)
    return "No scan for too long" if state.is_stalled else _CAUSES[state.delay.cause]
