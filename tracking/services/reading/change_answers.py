"""JSON of a change for partners: types, and the bytes stored in the feed."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tracking.answer import describe_shown, partner_answer
from tracking.domain.attempt_evidence import AttemptEvidence, EvidenceVerdict
from tracking.domain.calendars import HolidaysKept
from tracking.domain.events import Cause, Change, ChangeType, Eta, Facts, format_time
from tracking.domain.shipment import ShipmentState
from tracking.domain.shown_window import ShownReason, TextCode
from tracking.eta.shown_arrival import find_shown
from tracking.services.requests.queries import TYPE_PREFIX

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class DeliveryHours(msgspec.Struct):
    """Hours of the Indian clock in which people get parcels.

    `days` are digits of ISO weekdays, Monday is 1. `region` is the state whose holidays are kept (ISO 3166-2
    letters), `holidays_kept` says which ones.
    """

    from_: str = msgspec.field(name="from")
    to: str
    days: str
    region: str | None
    holidays_kept: HolidaysKept


class ShownEstimate(msgspec.Struct):
    """Window to show to people, inside the delivery hours and rounded; pages and messages show the same.

    `text_code` is how it is put into words. `reason` is set if it differs from the prediction:
    `closed` if that fell outside the delivery hours, `overdue` if the window shown before, which ended at
    `expected_by`, has passed.
    """

    from_: Time = msgspec.field(name="from")
    at: Time
    to: Time
    text_code: TextCode
    reason: ShownReason | None
    expected_by: Time | None
    delivery_hours: DeliveryHours


class Estimate(msgspec.Struct):
    """Predicted time of arrival: P10, P50 and P90, the confidence, and the window to show to people."""

    from_: Time = msgspec.field(name="from")
    at: Time
    to: Time
    confidence: Literal["high", "medium", "low"]
    shown: ShownEstimate


class FactsAnswer(msgspec.Struct):
    """Facts of a shipment that a change compares before and after."""

    status: str | None
    substatus: str | None
    leg: Literal["forward", "return"]
    eta: Estimate | None
    is_delayed: bool


class EvidenceAnswer(msgspec.Struct):
    """Evidence of an attempt or a delivery: what the positions of its vehicle say about it.

    `nearest_m` is the least distance of the vehicle from the door in metres, `dwell_s` its longest stay
    within 150 m in seconds, `fixes_within_150m` the number of positions there; null where they cannot be
    known.
    """

    verdict: EvidenceVerdict
    nearest_m: int | None
    dwell_s: int | None
    fixes_within_150m: int | None
    computed_at: Time


class ChangeAnswer(msgspec.Struct):
    """Change of a shipment and its reason. The same change always has the same `change_id`.

    A change of type `attempt_doubted` has the `evidence` that contradicts the event `attempt_event_id`.
    """

    change_id: str
    type: ChangeType
    shipment_id: str
    partner_id: str | None
    livemode: bool
    event_id: str
    cause: Cause
    before: FactsAnswer
    after: FactsAnswer
    why: str
    episode: int
    occurred_at: Time
    received_at: Time
    recorded_at: Time
    late: bool
    state_version: int
    traceparent: str | None
    attempt_event_id: str | None
    evidence: EvidenceAnswer | None


def render_change(change: Change, state: ShipmentState) -> str:
    """Return the JSON for the partner: the change and the current state of the shipment, no personal data."""
    body = {
        "type": TYPE_PREFIX + change.type,
        "timestamp": format_time(change.recorded_at),
        "data": {"change": describe_change(change), "shipment": partner_answer(state)},
    }
    return msgspec.json.encode(body).decode()


def describe_change(change: Change) -> ChangeAnswer:
    """Return the change without its storage fields."""
    fields: dict[str, Any] = {name: getattr(change, name, None) for name in ChangeAnswer.__struct_fields__}
    fields |= {name: format_time(value) for name, value in fields.items() if isinstance(value, datetime)}
    fields["attempt_event_id"] = change.evidence.event_id if change.evidence else None
    fields["evidence"] = describe_evidence(change.evidence) if change.evidence else None
    sides = {"before": describe_facts(change.before), "after": describe_facts(change.after)}
    return ChangeAnswer(**fields | sides)


def describe_evidence(evidence: AttemptEvidence) -> EvidenceAnswer:
    """Return the evidence without its storage fields."""
    return EvidenceAnswer(
        verdict=evidence.verdict,
        nearest_m=evidence.nearest_m,
        dwell_s=evidence.dwell_s,
        fixes_within_150m=evidence.fixes_within_150m,
        computed_at=format_time(evidence.computed_at),
    )


def describe_facts(facts: Facts) -> FactsAnswer:
    """Return one side of a change."""
    return FactsAnswer(
        status=facts.status.value if facts.status else None,
        substatus=facts.substatus,
        leg=facts.direction.value,
        eta=describe_eta(facts.eta) if facts.eta else None,
        is_delayed=facts.is_delayed,
    )


def describe_eta(eta: Eta) -> Estimate:
    """Return a predicted arrival, with the window that was shown."""
    times = (format_time(eta.from_), format_time(eta.at), format_time(eta.to))
    return Estimate(*times, eta.confidence, msgspec.convert(describe_shown(find_shown(eta)), ShownEstimate))
