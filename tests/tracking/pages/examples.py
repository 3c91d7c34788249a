"""Example shipments, one in each state of the customer page, all around one moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tracking.domain.delay import Delay
from tracking.domain.events import Eta, Window
from tracking.domain.shipment import JourneyStep, Position, ShipmentState
from tracking.domain.status import Direction, Status

# Tuesday 24 November 2026, 6:52 am in India.
NOW = datetime(2026, 11, 24, 1, 22, tzinfo=UTC)
PROMISED = Window(
    from_=datetime(2026, 11, 24, 4, 30, tzinfo=UTC), to=datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
)
ETA = Eta(
    from_=datetime(2026, 11, 24, 4, 33, tzinfo=UTC),
    at=datetime(2026, 11, 24, 5, 51, tzinfo=UTC),
    to=datetime(2026, 11, 24, 7, 24, tzinfo=UTC),
    confidence="medium",
)
PEENYA, MYSURU = "Bengaluru Peenya Sort Centre", "Mysuru Hub"
NEAR_MADDUR = (12.5910, 77.0502)

_JOURNEY: list[tuple[float, str, str | None, str | None]] = [
    # Hours before now, status, substatus, place.
    (62, "created", None, None),
    (38, "picked_up", "from_shipper", "Nelamangala, Karnataka"),
    (37, "in_transit", "arrived_hub", "Nelamangala Gateway"),
    (9.6, "in_transit", "departed_hub", "Nelamangala Gateway"),
    (8.1, "in_transit", None, "Kengeri, Karnataka"),
    (7.2, "in_transit", None, "Ramanagara, Karnataka"),
    (0.2, "in_transit", None, "Maddur, Karnataka"),
]


def make_state(status: str, substatus: str | None = None, **fields: Any) -> ShipmentState:
    """Build a shipment that has just reached `status`; `place` and `hours_ago` belong to its last step."""
    place, hours_ago = fields.pop("place", None), fields.pop("hours_ago", 0.1)
    earlier = _JOURNEY[
        : {"unknown": 0, "created": 0, "cancelled": 1, "picked_up": 1, "in_transit": 6}.get(status, 7)
    ]
    steps = [_step(*step) for step in earlier]
    if status != "unknown":
        steps.append(_step(hours_ago, status, substatus, place))
    at = steps[-1].occurred_at if steps else None
    defaults: dict[str, Any] = {
        "shipment_id": "SLX-4821-0937",
        "status": Status(status),
        "substatus": substatus,
        "status_at": at,
        "updated_at": at,
        "promised": PROMISED,
        "journey": tuple(steps),
        "state_version": 7,
    }
    return ShipmentState(**defaults | fields)


def make_position(minutes_ago: float = 2, place: tuple[float, float] = NEAR_MADDUR) -> Position:
    """Build a position of the parcel, some minutes before now."""
    return Position(lat=place[0], lon=place[1], occurred_at=NOW - timedelta(minutes=minutes_ago), order="")


def _step(hours_ago: float, status: str, substatus: str | None, place: str | None) -> JourneyStep:
    at = NOW - timedelta(hours=hours_ago)
    return JourneyStep(
        occurred_at=at, event_id=f"e{hours_ago}", status=Status(status), substatus=substatus, place=place
    )


_ON_THE_WAY = {"eta": ETA, "position": make_position(), "place": "Maddur, Karnataka", "hours_ago": 0.2}
_LATE_ETA = Eta(
    from_=ETA.from_ + timedelta(days=1), at=ETA.at + timedelta(days=1), to=ETA.to + timedelta(days=1)
)
_LATE = Delay(
    phase="late_likely",
    minutes=1440,
    cause="eta",
    since=NOW - timedelta(hours=1),
    episode=1,
    is_notified=True,
)
_FORWARD_PROMISE = Window(from_=PROMISED.from_ + timedelta(days=5), to=PROMISED.to + timedelta(days=5))
# A window that passed yesterday, one of the night, one of two days, and a promise of yesterday.
_PASSED_ETA = Eta(from_=NOW - timedelta(hours=18), at=NOW - timedelta(hours=17), to=NOW - timedelta(hours=16))
_NIGHT_ETA = Eta(from_=NOW + timedelta(hours=18), at=NOW + timedelta(hours=21), to=NOW + timedelta(hours=26))
_LONG_ETA = Eta(from_=NOW + timedelta(hours=5), at=NOW + timedelta(hours=20), to=NOW + timedelta(hours=40))
_BROKEN_PROMISE = Window(from_=PROMISED.from_ - timedelta(days=1), to=PROMISED.to - timedelta(days=1))
_NEXT_TRY = Eta(
    from_=ETA.from_ + timedelta(days=1), at=ETA.at + timedelta(days=1), to=ETA.to + timedelta(days=1)
)

STATES: dict[str, ShipmentState] = {
    "booked": make_state("created", promised=_FORWARD_PROMISE),
    "unknown": make_state("unknown", promised=None),
    "picked-up": make_state("picked_up", "from_shipper", place="Nelamangala, Karnataka"),
    "on-the-way": make_state("in_transit", **_ON_THE_WAY),
    "on-the-way-stale": make_state("in_transit", **_ON_THE_WAY | {"position": make_position(14.2)}),
    "out-for-delivery": make_state(
        "out_for_delivery",
        "loaded",
        place=MYSURU,
        eta=msgspec.structs.replace(ETA, confidence="high"),
        position=make_position(1, (12.36, 76.66)),
    ),
    "delayed": make_state("in_transit", **_ON_THE_WAY | {"eta": _LATE_ETA, "delay": _LATE}),
    "overdue": make_state("in_transit", **_ON_THE_WAY | {"eta": _PASSED_ETA}),
    "at-night": make_state("in_transit", **_ON_THE_WAY | {"eta": _NIGHT_ETA}),
    "over-days": make_state("in_transit", **_ON_THE_WAY | {"eta": _LONG_ETA}),
    "delayed-unpredicted": make_state("in_transit", eta=None, delay=_LATE, promised=_BROKEN_PROMISE),
    "attempt-failed": make_state("attempt_failed", "not_home", eta=_NEXT_TRY, attempts=1),
    "ready-for-pickup": make_state("available_for_pickup", "at_branch", place=MYSURU),
    "held": make_state(
        "on_hold", "weather", place="Mandya, Karnataka", position=make_position(4, (12.52, 76.9))
    ),
    "exception": make_state(
        "exception", "vehicle_breakdown", place=PEENYA, position=make_position(4, (12.52, 76.9))
    ),
    "expired": make_state("expired", journey=(_step(31 * 24 + 2, "in_transit", "arrived_hub", PEENYA),)),
    "delivered": make_state("delivered", "to_neighbour", eta=ETA),
    "going-back": make_state(
        "returning",
        "rto_in_transit",
        direction=Direction.RETURN,
        place="Mandya, Karnataka",
        position=make_position(3, (12.52, 76.9)),
    ),
    "returned": make_state("returned", direction=Direction.RETURN),
    "cancelled": make_state("cancelled", "by_shipper"),
    "lost": make_state("lost", "confirmed"),
}
