"""Explanation of each event of a shipment: the verdict on it and the rule behind the verdict."""

from collections.abc import Iterable
from typing import Literal

from tracking.domain.events import Facts, Struct, TrackingEvent
from tracking.domain.fold import Step, Verdict, iterate_steps, may_use_position
from tracking.domain.reasons import RejectRule
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import DELAYED_WORD, Status, read_in_direction

VerdictWord = Literal["applied", "late", "rejected", "retracted", "superseded"]
# Published rule of events inside the snapshot: the state before each of them is not kept.
IN_SNAPSHOT = "settled"


class Explained(Struct, frozen=True):
    """Event with its verdict, the code of the rule behind it, the rule in English, and the facts it changed.

    Verdict `late` means applied, although an event that happened after it was recorded before. `before` and
    `after` are None for an event inside the snapshot.
    """

    event: TrackingEvent
    verdict: VerdictWord
    rule: str
    rule_text: str
    before: Facts | None = None
    after: Facts | None = None


def explain(state: ShipmentState | None, events: Iterable[TrackingEvent]) -> list[Explained]:
    """Return every event of a timeline explained, oldest first, continuing from the state's snapshot."""
    timeline = list(events)
    start = (
        state.snapshot.state
        if state and state.snapshot
        else ShipmentState(shipment_id=timeline[0].shipment_id if timeline else "")
    )
    folded = [_explain_folded(event) for event in timeline if event.order <= start.last_order]
    later = iterate_steps(start, [event for event in timeline if event.order > start.last_order])
    return folded + [_explain_step(step) for step in later]


def _explain_folded(event: TrackingEvent) -> Explained:
    verdict = Verdict(event.applied, event.reject_reason)
    return Explained(
        event=event,
        verdict=_name_verdict(event, verdict),
        rule=IN_SNAPSHOT,
        rule_text="older than what is folded again; its verdict stands",
    )


def _explain_step(step: Step) -> Explained:
    rule, text = _describe_applied(step) if step.verdict.applied else _describe_rejected(step)
    return Explained(
        event=step.event,
        verdict=_name_verdict(step.event, step.verdict),
        rule=rule,
        rule_text=text,
        before=step.before.facts,
        after=step.after.facts,
    )


def _name_verdict(event: TrackingEvent, verdict: Verdict) -> VerdictWord:
    if verdict.applied:
        return "late" if event.late else "applied"
    match verdict.rule:
        case "retracted" | "superseded" as withdrawal:
            return withdrawal
    return "rejected"


def _describe_rejected(step: Step) -> tuple[str, str]:
    rule, detail, event = step.verdict.rule, step.verdict.detail, step.event
    texts: dict[RejectRule, str] = {
        "illegal": f"{detail.replace('->', ' may not go to ')} on leg {step.before.direction}",
        "unmapped_status": f"nobody knows the status {event.reported_status!r}",
        "foreign_vehicle": f"reported by {event.partner_id}, to whom the shipment does not belong",
        "foreign_booking": f"booked by {event.partner_id} after another partner had booked it",
        "may_not_correct": f"source {event.source} may not correct; manual and api may",
        "too_late": "it happened before what is settled for good",
        "retracted": f"{detail} says it did not happen",
        "superseded": f"{detail} says it was wrong, and what is right",
    }
    return rule, texts[rule]


def _describe_applied(step: Step) -> tuple[str, str]:
    if step.event.status is not None:
        return _describe_status(step, step.event.status)
    event = step.event
    rules = {
        "booking": (event.booking is not None, "what the booking tells counts"),
        "correction": (event.corrects, f"takes back {event.retracts or event.supersedes}"),
        "evidence": (event.evidence is not None, _describe_evidence(event)),
        "manifest": (event.source == "manifest", f"carried by {event.vehicle_id or 'no vehicle'}"),
        "delay_reported": (event.reported_status == DELAYED_WORD, "delayed is a flag, not a status"),
        "position": (may_use_position(event), "a position exact enough to count"),
        "position_set_aside": (event.has_position, _describe_unused_position(event)),
    }
    return next(
        ((rule, text) for rule, (holds, text) in rules.items() if holds),
        ("nothing_to_move", "it carries nothing that moves the answer"),
    )


def _describe_evidence(event: TrackingEvent) -> str:
    evidence = event.evidence
    if evidence is None:
        return ""
    nearest = "" if evidence.nearest_m is None else f", nearest {evidence.nearest_m} m"
    return f"by the positions of the vehicle {evidence.event_id} is {evidence.verdict}{nearest}"


def _describe_status(step: Step, reported: Status) -> tuple[str, str]:
    before, direction = step.before.status, step.before.direction
    status, _ = read_in_direction(reported, step.event.substatus, direction)
    if status is not reported:
        return "read_on_leg", f"on the way back {reported} is read as {status}"
    if status is before:
        return "refresh", f"{status} again: always allowed"
    if before is Status.UNKNOWN:
        return "first_status", f"{status} may be the first thing heard"
    return "may_follow", f"{status} may follow {before} on leg {direction}"


def _describe_unused_position(event: TrackingEvent) -> str:
    if event.is_fix_dropped:
        return f"the position was set aside: {', '.join(event.fix_flags)}"
    return f"the position is too vague: {event.accuracy_m or 0:.0f} m"
