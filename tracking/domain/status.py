"""Statuses and substatuses of a parcel, the allowed transitions, and aliases accepted from outside."""

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """Status of a shipment; `delayed` is a separate flag and never a status."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CREATED = "created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    ON_HOLD = "on_hold"
    EXCEPTION = "exception"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    RETURNING = "returning"
    LOST = "lost"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Direction(StrEnum):
    """Direction of travel: to the recipient, or back to the shipper; stored and published as `leg`."""

    FORWARD = "forward"
    RETURN = "return"


# Tie-breaker between events of the same instant and device sequence: the higher rank is applied later.
RANK = {
    Status.UNKNOWN: 0,
    Status.EXPIRED: 5,
    Status.CREATED: 10,
    Status.PICKED_UP: 20,
    Status.IN_TRANSIT: 30,
    Status.ON_HOLD: 35,
    Status.EXCEPTION: 36,
    Status.OUT_FOR_DELIVERY: 40,
    Status.ATTEMPT_FAILED: 42,
    Status.AVAILABLE_FOR_PICKUP: 45,
    Status.RETURNING: 50,
    Status.LOST: 80,
    Status.DELIVERED: 90,
    Status.RETURNED: 91,
    Status.CANCELLED: 92,
}

END_STATUSES = frozenset({Status.DELIVERED, Status.RETURNED, Status.CANCELLED})
# In these statuses no delivery follows: nothing is due, and nothing can be changed about it.
NO_DELIVERY_FOLLOWS = END_STATUSES | {Status.RETURNING, Status.LOST}
# No position is shown in these statuses: the last position of a delivered parcel is somebody's home.
HIDDEN_POSITION = END_STATUSES | {Status.CREATED, Status.AVAILABLE_FOR_PICKUP}

_ANYWHERE = {Status.ON_HOLD, Status.EXCEPTION, Status.LOST, Status.EXPIRED}
_START = set(Status) - {Status.RETURNED}
_RESUME = {
    Status.PICKED_UP,
    Status.IN_TRANSIT,
    Status.OUT_FOR_DELIVERY,
    Status.AVAILABLE_FOR_PICKUP,
    Status.ATTEMPT_FAILED,
    Status.DELIVERED,
    Status.RETURNING,
    Status.CANCELLED,
} | _ANYWHERE

# Statuses that may follow each status, by direction of travel.
FORWARD_TRANSITIONS: dict[Status, set[Status]] = {
    Status.UNKNOWN: _START,
    Status.EXPIRED: _START - {Status.CREATED, Status.UNKNOWN},
    Status.CREATED: {
        Status.PICKED_UP,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.AVAILABLE_FOR_PICKUP,
        Status.DELIVERED,
        Status.CANCELLED,
    }
    | _ANYWHERE,
    Status.PICKED_UP: {
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.AVAILABLE_FOR_PICKUP,
        Status.DELIVERED,
        Status.RETURNING,
        Status.CANCELLED,
    }
    | _ANYWHERE,
    Status.IN_TRANSIT: {
        Status.OUT_FOR_DELIVERY,
        Status.AVAILABLE_FOR_PICKUP,
        Status.ATTEMPT_FAILED,
        Status.DELIVERED,
        Status.RETURNING,
        Status.CANCELLED,
    }
    | _ANYWHERE,
    Status.ON_HOLD: _RESUME,
    Status.EXCEPTION: _RESUME,
    Status.OUT_FOR_DELIVERY: {
        Status.IN_TRANSIT,
        Status.AVAILABLE_FOR_PICKUP,
        Status.ATTEMPT_FAILED,
        Status.DELIVERED,
        Status.RETURNING,
    }
    | _ANYWHERE,
    Status.ATTEMPT_FAILED: {
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.AVAILABLE_FOR_PICKUP,
        Status.DELIVERED,
        Status.RETURNING,
    }
    | _ANYWHERE,
    Status.AVAILABLE_FOR_PICKUP: {
        Status.DELIVERED,
        Status.OUT_FOR_DELIVERY,
        Status.IN_TRANSIT,
        Status.RETURNING,
    }
    | _ANYWHERE,
    Status.LOST: {Status.IN_TRANSIT, Status.DELIVERED, Status.RETURNING},
    Status.DELIVERED: {Status.RETURNING},
    Status.RETURNED: set(),
    Status.CANCELLED: {Status.RETURNING},
}

RETURN_TRANSITIONS: dict[Status, set[Status]] = {
    Status.RETURNING: {Status.RETURNED} | _ANYWHERE,
    Status.ON_HOLD: {Status.RETURNING, Status.RETURNED} | _ANYWHERE,
    Status.EXCEPTION: {Status.RETURNING, Status.RETURNED} | _ANYWHERE,
    Status.EXPIRED: {Status.RETURNING, Status.RETURNED} | _ANYWHERE,
    Status.LOST: {Status.RETURNING, Status.RETURNED},
    Status.RETURNED: set(),
}

SUBSTATUSES: dict[Status, frozenset[str]] = {
    Status.UNKNOWN: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.CREATED: frozenset({"label_created", "manifested", "pickup_scheduled", "pickup_failed"}),
    Status.PICKED_UP: frozenset({"from_shipper", "dropped_off"}),
    Status.IN_TRANSIT: frozenset(
        "departed_origin arrived_hub departed_hub arrived_destination_hub misrouted rerouted "
        "customs_cleared".split()
    ),
    Status.ON_HOLD: frozenset(
        "weather customs payment_due documents recipient_request strike restricted_area security".split()
    ),
    Status.EXCEPTION: frozenset(
        "damaged lost_suspected vehicle_breakdown accident temperature suspected_fake_attempt "
        "delivered_disputed tracking_stalled".split()
    ),
    Status.OUT_FOR_DELIVERY: frozenset({"loaded", "next_stop", "arriving", "arrived", "rescheduled"}),
    Status.ATTEMPT_FAILED: frozenset(
        "not_home address_incomplete address_not_found premises_closed refused cod_not_ready "
        "otp_not_given phone_unreachable future_date_requested entry_restricted no_time "
        "vehicle_issue".split()
    ),
    Status.AVAILABLE_FOR_PICKUP: frozenset({"at_branch", "at_locker"}),
    Status.RETURNING: frozenset({"rto_initiated", "rto_in_transit", "customer_return"}),
    Status.LOST: frozenset({"confirmed"}),
    Status.DELIVERED: frozenset(
        "to_recipient otp_verified signed to_neighbour to_security safe_place at_pickup_point "
        "cod_collected partial".split()
    ),
    Status.RETURNED: frozenset({"to_shipper"}),
    Status.CANCELLED: frozenset({"by_shipper", "by_recipient"}),
}

ALIASES: dict[str, Status] = {
    "pending": Status.CREATED,
    "shipped": Status.IN_TRANSIT,
    "transit": Status.IN_TRANSIT,
    "ofd": Status.OUT_FOR_DELIVERY,
    "delivery_failed": Status.ATTEMPT_FAILED,
    "undelivered": Status.ATTEMPT_FAILED,
    "ready_for_pickup": Status.AVAILABLE_FOR_PICKUP,
    "rto": Status.RETURNING,
    "rto_init": Status.RETURNING,
    "rto_initiated": Status.RETURNING,
    "rto_in_transit": Status.RETURNING,
    "rto_out_for_delivery": Status.RETURNING,
    "rto_ofd": Status.RETURNING,
    "rto_delivered": Status.RETURNED,
    "return_to_sender": Status.RETURNING,
    "return_to_origin": Status.RETURNING,
    "returned_to_sender": Status.RETURNED,
    "returned_to_origin": Status.RETURNED,
}

# Reported like a status; it sets the flag and leaves the status as it is.
DELAYED_WORD = "delayed"

# Hubs and couriers do not report the direction: on the way back these statuses mean "returning", and
# `delivered` means that the shipper has the parcel.
_READ_AS_RETURNING = {Status.PICKED_UP, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY}


# Characters between the parts of a word, which senders set as they like; a NUL fills fixed-length fields.
_SEPARATORS = str.maketrans("", "", "-_ \t\r\n\0")


def compact_word(word: str) -> str:
    """Return a word in lower case without separators: `OutForDelivery` and `out for-delivery` are equal."""
    return word.translate(_SEPARATORS).lower()


def list_own_words() -> Iterable[tuple[str, Status]]:
    """Yield every word of ours for a status, names and aliases."""
    yield from ((status.value, status) for status in Status)
    yield from ALIASES.items()


def has_code(status: Status | None, code: str | None) -> bool:
    """Return whether a substatus or a reported reason code belongs to a status."""
    return status is not None and code in SUBSTATUSES[status]


def read_in_direction(
    status: Status, substatus: str | None, direction: Direction
) -> tuple[Status, str | None]:
    """Return status and substatus as they are meant in the parcel's direction of travel."""
    if direction is Direction.RETURN:
        if status in _READ_AS_RETURNING:
            return Status.RETURNING, "rto_in_transit"
        if status is Status.DELIVERED:
            return Status.RETURNED, "to_shipper"
    return status, substatus


def may_follow(before: Status | None, after: Status, direction: Direction) -> bool:
    """Return whether a shipment may go from status `before` to `after`; `before` is None for a new one."""
    if before is None:
        return after in FORWARD_TRANSITIONS[Status.UNKNOWN]
    if before is after:
        return True
    table = RETURN_TRANSITIONS if direction is Direction.RETURN else FORWARD_TRANSITIONS
    return after in table.get(before, set())
