"""What everybody downstream is told: the changes between two states of a shipment."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from tracking.domain.corrections import names_of
from tracking.domain.delay import Delay, DelayCause, may_notify_clearing
from tracking.domain.events import Change, ChangeType, TrackingEvent
from tracking.domain.expected_arrival import is_by_clock
from tracking.domain.fold import Step, rejected_as
from tracking.domain.identity import short_hash
from tracking.domain.legs import FinishedLeg
from tracking.domain.reasons import ReasonCode
from tracking.domain.route import find_finished
from tracking.domain.status import Status
from tracking.domain.texts import say_status

# Substatuses worth telling although the status stays: a hub reached or left, the last metres.
MILESTONES = frozenset(
    "departed_origin arrived_hub departed_hub arrived_destination_hub arriving arrived".split()
)


class _Story(NamedTuple):
    """What kind of change it is, why, and in which episode of its kind."""

    type: ChangeType
    reason_code: ReasonCode
    why: str
    episode: int = 0


_DELAY_REASONS: dict[DelayCause, ReasonCode] = {
    "eta": "window_past_promise",
    "promise": "promise_passed",
    "reported": "reported",
}


def find_changes(step: Step, recorded_at: datetime, state_version: int) -> tuple[Change, ...]:
    """The changes one step causes, the one about the status first; most pings cause none."""
    stories = [
        *_status_change(step),
        *_delay_change(step),
        *_correction(step),
        *_stall(step),
        *_rejection(step),
    ] or _eta_change(step)
    changes = [_make_change(step, story, recorded_at, state_version) for story in stories]
    finished = _find_lesson(step) if changes else None
    if finished is not None:
        changes[0] = msgspec.structs.replace(changes[0], finished_leg=finished)
    return tuple(changes)


def attach(event: TrackingEvent, changes: tuple[Change, ...]) -> TrackingEvent:
    """The event carrying its changes as pending: the first one, with the others in its `also` list."""
    if not changes:
        return event
    first = msgspec.structs.replace(changes[0], also=changes[1:])
    return msgspec.structs.replace(
        event,
        change=first,
        change_id=first.change_id,
        pending=pending_partition(first.shipment_id),
        pending_since=msgspec.to_builtins(first.recorded_at),
    )


def pending_partition(shipment_id: str) -> str:
    """The partition of the index of pending changes a shipment belongs to: `"0"` to `"7"`."""
    return str(int(short_hash(shipment_id)[:8], 36) % 8)


def _find_lesson(step: Step) -> FinishedLeg | None:
    """The leg the step has finished; a correction teaches nothing, since its leg may have taught before."""
    if not step.verdict.applied or step.cause == "correction":
        return None
    return find_finished(step.before, step.after, step.event)


def _status_change(step: Step) -> list[_Story]:
    before, after = step.before, step.after
    reason: ReasonCode = "reported"
    why = f"{say_status(after.status, after.substatus)}, reported by {step.event.source}"
    if is_by_clock(step.event):
        reason, why = "no_scan_for_30_days", "no scan for thirty days"
    if before.status is not after.status or before.leg is not after.leg:
        first = before.status is Status.UNKNOWN and after.status is Status.CREATED
        return [_Story("created" if first else "status_changed", reason, why, after.attempts)]
    if before.substatus != after.substatus and after.substatus in MILESTONES:
        return [_Story("milestone_reached", reason, why)]
    return []


def _delay_change(step: Step) -> list[_Story]:
    before, after = step.before.delay, step.after.delay
    if after.active and not before.active and after.is_told:
        return [_Story("delayed", _DELAY_REASONS[after.cause], _tell_delay(after), after.episode)]
    if before.active and not after.active and may_notify_clearing(before):
        why = "expected inside the promise again"
        return [_Story("delay_cleared", "window_inside_promise", why, before.episode)]
    return []


def _tell_delay(delay: Delay) -> str:
    if delay.cause == "reported":
        return "reported"
    if delay.cause == "promise":
        return "the promise has passed without an attempt"
    return f"expected {_say_minutes(delay.minutes)} past the promise"


def _eta_change(step: Step) -> list[_Story]:
    """A window that differs from the one told last; the first is carried by whatever else is told."""
    before, told = step.before.eta_told, step.after.eta_told
    if told is None or before is None or told == before:
        return []
    minutes = round((told.at - before.at).total_seconds() / 60)
    why = f"{_say_minutes(abs(minutes))} {'later' if minutes >= 0 else 'earlier'}"
    return [_Story("eta_changed", "window_moved", why)]


def _say_minutes(minutes: int) -> str:
    """`54 min`, `3 h 47 min`, `2 days 3 h`: as people say it."""
    hours, left = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days {hours % 24} h"
    return f"{hours} h {left} min" if hours else f"{left} min"


def _stall(step: Step) -> list[_Story]:
    match step.event.clock_kind:
        case "no_scan" | "vehicle_stands" as reason:
            return [_Story("stalled", reason, reason.replace("_", " "))]
    return []


def _correction(step: Step) -> list[_Story]:
    if not step.verdict.applied:
        return []
    reason = (step.event.correction_reason or "no reason given").replace("_", " ")
    return [_Story("corrected", said, f"{name} {said}: {reason}") for name, said in names_of(step.event)[:1]]


def _rejection(step: Step) -> list[_Story]:
    if step.verdict.applied:
        return []
    # A device that repeats the same refused status with each ping is told of once.
    if step.before.last_rejected == rejected_as(step.event, step.verdict):
        return []
    reported = step.event.reported_status or step.event.status
    return [_Story("event_rejected", step.verdict.rule, f"{step.verdict.reject_reason} ({reported})")]


def _make_change(step: Step, story: _Story, recorded_at: datetime, state_version: int) -> Change:
    event, after = step.event, step.after
    return Change(
        change_id="chg_" + short_hash(after.shipment_id, event.sort_key, story.type, story.episode),
        type=story.type,
        shipment_id=after.shipment_id,
        partner_id=after.partner_id,
        livemode=after.livemode,
        event_id=event.event_id,
        sort_key=event.sort_key,
        cause=step.cause,
        before=step.before.facts,
        after=after.facts,
        why=story.why,
        reason_code=story.reason_code,
        episode=story.episode,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        recorded_at=recorded_at,
        late=event.late,
        state_version=state_version,
        traceparent=event.traceparent,
    )
