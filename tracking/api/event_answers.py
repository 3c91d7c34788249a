"""Types of the API's answers on events, verdicts and the feed, and how they are built."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.answer import describe_shown
from tracking.api.answers import Estimate, Time, TrackingAnswer
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.events import Explanation, TrackingEvent, format_time
from tracking.domain.explain import Explained, VerdictWord
from tracking.domain.explain_window import WindowReason, explain_window
from tracking.domain.shipment import ShipmentState, hash_state
from tracking.domain.shown_basis import ShownBasis
from tracking.domain.shown_window import say_at
from tracking.domain.status import END_STATUSES
from tracking.eta.shown_arrival import find_shown
from tracking.services.reading.change_answers import (
    ChangeAnswer,
    EvidenceAnswer,
    FactsAnswer,
    ShownEstimate,
    describe_eta,
    describe_evidence,
    describe_facts,
)


class EventAnswer(msgspec.Struct):
    """Event of a shipment's timeline, with its verdict. Degrees, km/h, metres, milliseconds.

    An attempt or a delivery has its `evidence` once the positions of its vehicle have been read.
    """

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
    evidence: EvidenceAnswer | None


class EventPage(msgspec.Struct):
    """Page of events. `next` is the cursor of the next page, null on the last."""

    results: list[EventAnswer]
    next: str | None


class ExplainedEvent(msgspec.Struct):
    """Event with its verdict, the rule behind it, and the shipment before and after it."""

    event_id: str
    occurred_at: Time
    status: str | None
    verdict: VerdictWord
    rule: str
    says: str
    before: FactsAnswer | None
    after: FactsAnswer | None


class EtaExplained(Estimate):
    """Estimated time of arrival, how it was computed, and the same in sentences.

    `explanation` is what the prediction rests on, `shown_basis` what the shown window rests on: why it is
    wider than the prediction or lies elsewhere.
    """

    explanation: Explanation | None
    shown_basis: ShownBasis | None
    reasons: list[WindowReason]


class ExplainAnswer(msgspec.Struct):
    """Explanation of a shipment's state: each event, oldest first, and the estimated time of arrival."""

    shipment_id: str
    state_version: int
    state_hash: str
    events: list[ExplainedEvent]
    eta: EtaExplained | None


class FeedData(msgspec.Struct):
    """Change, and the shipment when the change was published."""

    change: ChangeAnswer
    shipment: TrackingAnswer


class FeedBody(msgspec.Struct):
    """Entry of the feed. `timestamp` is the time at which the change was recorded."""

    type: str
    timestamp: Time
    data: FeedData


class FeedAnswer(msgspec.Struct):
    """Changes in order. `next` is always set: pass it as `after` of the next request."""

    results: list[FeedBody]
    next: str


def describe_event(event: TrackingEvent, evidence: AttemptEvidence | None = None) -> EventAnswer:
    """Build the answer of an event for its shipment's partner, with the evidence of it if there is one."""
    names = [name for name in EventAnswer.__struct_fields__ if name not in _COMPUTED]
    values = {name: getattr(event, name, None) for name in names}
    fields = {
        name: format_time(value) if isinstance(value, datetime) else value for name, value in values.items()
    }
    return EventAnswer(
        **fields,
        status=event.status.value if event.status else None,
        place=event.place.label if event.place else None,
        timings_ms=_measure_steps(event),
        evidence=describe_evidence(evidence) if evidence else None,
    )


def describe_explained(state: ShipmentState, explained: Sequence[Explained], now: datetime) -> ExplainAnswer:
    """Build the explanation of a shipment: verdicts of its events and the source of its arrival window.

    `now` is when it is read: a window that has passed is explained as it is shown then.
    """
    return ExplainAnswer(
        shipment_id=state.shipment_id,
        state_version=state.state_version,
        state_hash=hash_state(state),
        events=[_explain(entry) for entry in explained],
        eta=_explain_eta(state, now),
    )


_COMPUTED = ("status", "place", "timings_ms", "evidence")


def _measure_steps(event: TrackingEvent) -> dict[str, int]:
    """Return the milliseconds from the event to its receipt, and from its receipt to its recording."""
    steps = {"reported": event.received_at - event.occurred_at}
    if event.recorded_at is not None:
        steps["recorded"] = event.recorded_at - event.received_at
    return {name: round(span.total_seconds() * 1000) for name, span in steps.items()}


def _explain(explained: Explained) -> ExplainedEvent:
    return ExplainedEvent(
        event_id=explained.event.event_id,
        occurred_at=format_time(explained.event.occurred_at),
        status=explained.event.status.value if explained.event.status else None,
        verdict=explained.verdict,
        rule=explained.rule,
        says=explained.rule_text,
        before=describe_facts(explained.before) if explained.before else None,
        after=describe_facts(explained.after) if explained.after else None,
    )


def _explain_eta(state: ShipmentState, now: datetime) -> EtaExplained | None:
    if state.eta is None:
        return None
    shown = find_shown(state.eta)
    if state.status not in END_STATUSES:
        shown = say_at(shown, now)
    fields = msgspec.structs.asdict(describe_eta(state.eta))
    fields["shown"] = msgspec.convert(describe_shown(shown), ShownEstimate)
    return EtaExplained(
        **fields,
        explanation=state.eta.explanation,
        shown_basis=shown.basis,
        reasons=explain_window(state.eta, shown),
    )
