"""Compatibility: fields that older versions did not write, derived from what their records do hold.

Call these functions where bytes become events and changes (stored rows, stream records, queue messages), and
nowhere else: inside, code reads `clock_kind` and `reason_code`. Rows live for thirty days, so this module is
needed for thirty days after the last process that does not write those fields has stopped.
"""

import re
from typing import TypeVar, get_args

import msgspec

from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.domain.reasons import STALL_REASONS, RejectRule

ScanOrEvent = TypeVar("ScanOrEvent", bound=Scan)

_CLOCK_ID = re.compile(rf"(?:stalled-({'|'.join(STALL_REASONS)})|(delay|eta|expired))-")
_REJECTED_WHY = re.compile("|".join(get_args(RejectRule)))
_CORRECTED_WHY = re.compile(r"\S+ (retracted|superseded):")


def complete_scan(scan: ScanOrEvent) -> ScanOrEvent:
    """Return the scan or event with its clock kind, read from its id if it is absent."""
    if scan.source != "system" or scan.clock_kind is not None:
        return scan
    found = _CLOCK_ID.match(scan.event_id)
    return msgspec.structs.replace(scan, clock_kind=found[1] or found[2]) if found else scan


def complete_event(event: TrackingEvent) -> TrackingEvent:
    """Return the event with its clock kind, and with the reason codes of the changes it carries."""
    event = complete_scan(event)
    if event.change is None or event.change.reason_code is not None:
        return event
    return msgspec.structs.replace(event, change=complete_change(event.change))


def complete_change(change: Change) -> Change:
    """Return the change, and those in `also`, with a reason code read from the English text if absent."""
    if change.reason_code is not None:
        return change
    also = tuple(complete_change(other) for other in change.also)
    return msgspec.structs.replace(change, reason_code=_find_reason(change), also=also)


def _find_reason(change: Change) -> str | None:
    why = change.why
    match change.type:
        case "delayed":
            late_by_clock = "promise_passed" if why.startswith("the promise has passed") else "reported"
            return "window_past_promise" if why.startswith("expected") else late_by_clock
        case "delay_cleared":
            return "window_inside_promise"
        case "eta_changed":
            return "window_moved"
        case "stalled":
            return why.replace(" ", "_")
        case "event_rejected":
            rejected = _REJECTED_WHY.match(why)
            return rejected[0] if rejected else None
        case "corrected":
            corrected = _CORRECTED_WHY.match(why)
            return corrected[1] if corrected else None
    if why == "no scan for thirty days":
        return "no_scan_for_30_days"
    return "reported"
