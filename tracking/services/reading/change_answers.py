"""What partners are told of a change, as types: the same bytes in the feed and wherever it is pushed to."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tracking.answer import partner_answer
from tracking.domain.events import Cause, Change, ChangeType, Eta, Facts, format_time
from tracking.domain.shipment import ShipmentState

TYPE_PREFIX = "shipment."
FEED_TYPES = tuple(TYPE_PREFIX + name for name in ChangeType.__args__)  # type: ignore[attr-defined]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class EtaTold(msgspec.Struct):
    """When the parcel is expected: a window, its middle, and how sure we are."""

    from_: Time = msgspec.field(name="from")
    at: Time
    to: Time
    confidence: Literal["high", "medium", "low"]


class FactsTold(msgspec.Struct):
    """What a change compares."""

    status: str | None
    substatus: str | None
    leg: Literal["forward", "return"]
    eta: EtaTold | None
    is_delayed: bool


class ChangeTold(msgspec.Struct):
    """What has changed and why; the same change has the same `change_id` for ever."""

    change_id: str
    type: ChangeType
    shipment_id: str
    partner_id: str | None
    livemode: bool
    event_id: str
    cause: Cause
    before: FactsTold
    after: FactsTold
    why: str
    episode: int
    occurred_at: Time
    received_at: Time
    recorded_at: Time
    late: bool
    state_version: int
    traceparent: str | None


def write_body(change: Change, state: ShipmentState) -> str:
    """The JSON a partner gets: the change, and the shipment as it stands now; never whom it goes to."""
    body = {
        "type": TYPE_PREFIX + change.type,
        "timestamp": format_time(change.recorded_at),
        "data": {"change": tell_change(change), "shipment": partner_answer(state)},
    }
    return msgspec.json.encode(body).decode()


def tell_change(change: Change) -> ChangeTold:
    """The change, every field of it that is not about where we keep it."""
    told: dict[str, Any] = {name: getattr(change, name, None) for name in ChangeTold.__struct_fields__}
    told |= {name: format_time(value) for name, value in told.items() if isinstance(value, datetime)}
    return ChangeTold(**told | {"before": tell_facts(change.before), "after": tell_facts(change.after)})


def tell_facts(facts: Facts) -> FactsTold:
    """One side of a change."""
    return FactsTold(
        status=facts.status.value if facts.status else None,
        substatus=facts.substatus,
        leg=facts.direction.value,
        eta=_tell_eta(facts.eta),
        is_delayed=facts.is_delayed,
    )


def _tell_eta(eta: Eta | None) -> EtaTold | None:
    if eta is None:
        return None
    return EtaTold(format_time(eta.from_), format_time(eta.at), format_time(eta.to), eta.confidence)
