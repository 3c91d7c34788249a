"""What the API answers of events: pages of them, why each counted or not, and the feed of changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from tracking.api.answers import Estimate, Time, TrackingAnswer
from tracking.domain.events import Explanation, TrackingEvent, format_time
from tracking.domain.explain import Explained, VerdictWord
from tracking.domain.shipment import ShipmentState
from tracking.services.reading.change_answers import ChangeTold, FactsTold, tell_facts


class EventAnswer(msgspec.Struct):
    """An event of a shipment's timeline, with what became of it; degrees, km/h, metres, milliseconds."""

    event_id: str
    occurred_at: Time
    received_at: Time
    recorded_at: Time | None
    status: str | None
    substatus: str | None
    reason_code: str | None
    reported_status: str | None
    applied: bool
    reject_reason: str | None
    late: bool
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    speed_kmh: float | None
    heading: float | None
    place: str | None
    vehicle_id: str | None
    device_id: str | None
    source: str
    actor: str | None
    note: str | None
    retracts: str | None
    supersedes: str | None
    correction_reason: str | None
    change_id: str | None
    timings_ms: dict[str, int]


class EventPage(msgspec.Struct):
    """A page of events; `next` is the cursor of the one after it, null on the last."""

    results: list[EventAnswer]
    next: str | None


class ExplainedEvent(msgspec.Struct):
    """One event with the verdict on it, the rule behind it, and what the shipment was before and after."""

    event_id: str
    occurred_at: Time
    status: str | None
    verdict: VerdictWord
    rule: str
    says: str
    before: FactsTold | None
    after: FactsTold | None


class EtaExplained(Estimate):
    """The arrival window, and what it was made from."""

    explanation: Explanation | None


class ExplainAnswer(msgspec.Struct):
    """Why the shipment stands where it does: each event, oldest first, and the window it waits in."""

    shipment_id: str
    state_version: int
    state_hash: str
    events: list[ExplainedEvent]
    eta: EtaExplained | None


class FeedData(msgspec.Struct):
    """The change, and the shipment as it stood when it was told."""

    change: ChangeTold
    shipment: TrackingAnswer


class FeedBody(msgspec.Struct):
    """One entry of the feed, as it is pushed elsewhere too; `timestamp` is when it was recorded."""

    type: str
    timestamp: Time
    data: FeedData


class FeedAnswer(msgspec.Struct):
    """Changes in order. `next` is always there: ask again after it, at once or when you are ready."""

    results: list[FeedBody]
    next: str


def describe_event(event: TrackingEvent) -> EventAnswer:
    """An event as its shipment's partner may see it."""
    same = {name: getattr(event, name, None) for name in EventAnswer.__struct_fields__ if name not in _MADE}
    told = {
        name: format_time(value) if isinstance(value, datetime) else value for name, value in same.items()
    }
    return EventAnswer(
        **told,
        status=event.status.value if event.status else None,
        place=event.place.label if event.place else None,
        timings_ms=_time(event),
    )


def describe_explained(state: ShipmentState, explained: Sequence[Explained]) -> ExplainAnswer:
    """Every event's verdict, and where the window comes from."""
    return ExplainAnswer(
        shipment_id=state.shipment_id,
        state_version=state.state_version,
        state_hash=state.state_hash,
        events=[_explain(one) for one in explained],
        eta=_explain_eta(state),
    )


_MADE = ("status", "place", "timings_ms")


def _time(event: TrackingEvent) -> dict[str, int]:
    """How long the event took: from happening to the stream, and from there to being recorded."""
    steps = {"reported": event.received_at - event.occurred_at}
    if event.recorded_at is not None:
        steps["recorded"] = event.recorded_at - event.received_at
    return {name: round(span.total_seconds() * 1000) for name, span in steps.items()}


def _explain(one: Explained) -> ExplainedEvent:
    return ExplainedEvent(
        event_id=one.event.event_id,
        occurred_at=format_time(one.event.occurred_at),
        status=one.event.status.value if one.event.status else None,
        verdict=one.verdict,
        rule=one.rule,
        says=one.rule_text,
        before=tell_facts(one.before) if one.before else None,
        after=tell_facts(one.after) if one.after else None,
    )


def _explain_eta(state: ShipmentState) -> EtaExplained | None:
    eta: Any = state.eta
    if eta is None:
        return None
    times = (format_time(eta.from_), format_time(eta.at), format_time(eta.to))
    return EtaExplained(*times, eta.confidence, eta.explanation)
