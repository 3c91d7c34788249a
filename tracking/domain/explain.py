"""Why each event of a shipment did or did not apply: the fold once more, saying each rule as it goes."""

from collections.abc import Iterable
from typing import Literal

from tracking.domain.events import Facts, Struct, TrackingEvent
from tracking.domain.fold import Step, Verdict, position_counts, walk
from tracking.domain.reasons import RejectRule
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import DELAYED_WORD, Status, read_on_leg

VerdictWord = Literal["applied", "late", "rejected", "retracted", "superseded"]
# Where the oldest events are folded into the base, nothing is left to say what stood before them.
SETTLED = "settled"


class Explained(Struct, frozen=True):
    """An event with its verdict, the code of the rule behind it, the rule in English, and what it moved.

    `late` is an event that applied although something that happened after it was known already. `before` and
    `after` are None for an event whose part of the journey is settled.
    """

    event: TrackingEvent
    verdict: VerdictWord
    rule: str
    says: str
    before: Facts | None = None
    after: Facts | None = None


def explain(state: ShipmentState | None, events: Iterable[TrackingEvent]) -> list[Explained]:
    """Every event of a shipment's timeline, oldest first, explained on top of the base of its state."""
    known = list(events)
    base = state.base.state if state and state.base else None
    start = base or ShipmentState(shipment_id=known[0].shipment_id or "" if known else "")
    settled = [_explain_settled(event) for event in known if event.order <= start.last_order]
    later = walk(start, [event for event in known if event.order > start.last_order])
    return settled + [_explain_step(step) for step in later]


def _explain_settled(event: TrackingEvent) -> Explained:
    verdict = Verdict(event.applied, event.reject_reason)
    return Explained(
        event=event,
        verdict=_word(event, verdict),
        rule=SETTLED,
        says="older than what is folded again; its verdict stands",
    )


def _explain_step(step: Step) -> Explained:
    rule, says = _tell_applied(step) if step.verdict.applied else _tell_refused(step)
    return Explained(
        event=step.event,
        verdict=_word(step.event, step.verdict),
        rule=rule,
        says=says,
        before=step.before.facts,
        after=step.after.facts,
    )


def _word(event: TrackingEvent, verdict: Verdict) -> VerdictWord:
    if verdict.applied:
        return "late" if event.late else "applied"
    match verdict.rule:
        case "retracted" | "superseded" as withdrawal:
            return withdrawal
    return "rejected"


def _tell_refused(step: Step) -> tuple[str, str]:
    rule, detail, event = step.verdict.rule, step.verdict.detail, step.event
    says: dict[RejectRule, str] = {
        "illegal": f"{detail.replace('->', ' may not go to ')} on leg {step.before.leg}",
        "unmapped_status": f"nobody knows the status {event.reported_status!r}",
        "foreign_vehicle": f"reported by {event.partner_id}, to whom the shipment does not belong",
        "foreign_booking": f"booked by {event.partner_id} after another partner had booked it",
        "may_not_correct": f"source {event.source} may not correct; manual and api may",
        "too_late": "it happened before what is settled for good",
        "retracted": f"{detail} says it did not happen",
        "superseded": f"{detail} says it was wrong, and what is right",
    }
    return rule, says[rule]


def _tell_applied(step: Step) -> tuple[str, str]:
    if step.event.status is not None:
        return _tell_status(step, step.event.status)
    event = step.event
    rules = {
        "booking": (event.booking is not None, "what the booking tells counts"),
        "correction": (event.corrects, f"takes back {event.retracts or event.supersedes}"),
        "manifest": (event.source == "manifest", f"carried by {event.vehicle_id or 'no vehicle'}"),
        "delay_reported": (event.reported_status == DELAYED_WORD, "delayed is a flag, not a status"),
        "position": (position_counts(event), "a position exact enough to count"),
        "position_set_aside": (event.has_position, _why_set_aside(event)),
    }
    return next(
        ((rule, says) for rule, (holds, says) in rules.items() if holds),
        ("nothing_to_move", "it carries nothing that moves the answer"),
    )


def _tell_status(step: Step, reported: Status) -> tuple[str, str]:
    before, leg = step.before.status, step.before.leg
    status, _ = read_on_leg(reported, step.event.substatus, leg)
    if status is not reported:
        return "read_on_leg", f"on the way back {reported} is read as {status}"
    if status is before:
        return "refresh", f"{status} again: always allowed"
    if before is Status.UNKNOWN:
        return "first_status", f"{status} may be the first thing heard"
    return "may_follow", f"{status} may follow {before} on leg {leg}"


def _why_set_aside(event: TrackingEvent) -> str:
    if event.is_fix_dropped:
        return f"the position was set aside: {', '.join(event.fix_flags)}"
    return f"the position is too vague: {event.accuracy_m or 0:.0f} m"
