"""Closed lists of codes that say why an event was derived and why a change happened; stored as they are."""

from typing import Literal, get_args

# Why a parcel counts as stalled: nobody reports it, or its vehicle does not move.
StallReason = Literal["no_scan", "vehicle_stands"]
STALL_REASONS: tuple[StallReason, ...] = get_args(StallReason)

# Kinds of events that our own processes put on the stream because time has passed or a vehicle has moved:
# lateness begins or ends, the arrival window has moved, the van is near, no scan for thirty days, the
# positions around an attempt have been read, the parcel is stalled.
ClockKind = Literal["delay", "eta", "arriving", "expired", "evidence", StallReason]
# Kinds that follow from a position alone, not from time that has passed.
RIDE_KINDS: tuple[ClockKind, ...] = ("eta", "arriving")

# Rule by which an event was rejected: the word before the colon of a stored `reject_reason`.
RejectRule = Literal[
    "illegal",
    "unmapped_status",
    "foreign_vehicle",
    "foreign_booking",
    "may_not_correct",
    "too_late",
    "retracted",
    "superseded",
]

# By type of change: changes of status and milestones were `reported`, or follow from thirty days without a
# scan or from a van that is near; `delayed` and `delay_cleared` compare the window or the clock with the
# promise, or were `reported`; `corrected` and `event_rejected` carry the rule, `stalled` its reason;
# `attempt_doubted` follows from the positions of the vehicle.
ReasonCode = Literal[
    "reported",
    "no_scan_for_30_days",
    "vehicle_near",
    "window_past_promise",
    "promise_passed",
    "window_inside_promise",
    "window_moved",
    "day_agreed",
    "vehicle_was_elsewhere",
    RejectRule,
    StallReason,
]
