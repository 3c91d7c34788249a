"""JSON of a change for partners: types, and the bytes stored in the feed."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tracking.answer import partner_answer
from tracking.domain.attempt_evidence import AttemptEvidence, EvidenceVerdict
from tracking.domain.events import Cause, Change, ChangeType, Eta, Facts, format_time
from tracking.domain.shipment import ShipmentState
from tracking.services.requests.queries import TYPE_PREFIX

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Estimate(msgspec.Struct):
    """Estimated time of arrival: a window, its middle and the confidence."""

    from_: Time = msgspec.field(name="from")
    at: Time
    to: Time
    confidence: Literal["high", "medium", "low"]


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
        eta=_describe_eta(facts.eta),
        is_delayed=facts.is_delayed,
    )


def _describe_eta(eta: Eta | None) -> Estimate | None:
    if eta is None:
        return None
    return Estimate(format_time(eta.from_), format_time(eta.at), format_time(eta.to), eta.confidence)
