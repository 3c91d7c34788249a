"""Changes between two states of a shipment, as published on the bus."""

import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracking.domain.arriving import ARRIVING, NEAR_STOPS, NEAR_TIME
from tracking.domain.corrections import list_corrected
from tracking.domain.delay import DelayCause, may_notify_clearing
from tracking.domain.events import Change, ChangeType, TrackingEvent
from tracking.domain.fold import Step, format_rejection
from tracking.domain.identity import short_hash
from tracking.domain.indian_time import date_in_india, write_day
from tracking.domain.journey import find_hindrance
from tracking.domain.legs import FinishedLeg
from tracking.domain.reasons import ReasonCode
from tracking.domain.route import find_finished_leg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.texts import say_status

# Substatuses that make a change although the status stays: a hub reached or left, the last metres.
MILESTONES = frozenset(
    "departed_origin arrived_hub departed_hub arrived_destination_hub arriving arrived".split()
)


class _Draft(NamedTuple):
    """Type, reason and episode of a change; `why` is the reason in English."""

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
    """Return the changes a step causes, the one of the status first; most pings cause none."""
    drafts = [
        *_draft_status_change(step),
        *(_draft_agreed_day(step) or _draft_delay_change(step)),
        *_draft_correction(step),
        *_draft_stall(step),
        *_draft_rejection(step),
        *_draft_doubt(step),
    ] or _draft_eta_change(step)
    changes = [_make_change(step, draft, recorded_at, state_version) for draft in drafts]
    finished = _find_finished_leg(step) if changes else None
    if finished is not None:
        changes[0] = msgspec.structs.replace(changes[0], finished_leg=finished)
    return tuple(changes)


def split_change(change: Change) -> Iterator[Change]:
    """Yield the change without the changes in its `also`, then each of those: as the bus publishes them."""
    yield msgspec.structs.replace(change, also=())
    for other in change.also:
        yield from split_change(other)


def attach(event: TrackingEvent, changes: tuple[Change, ...]) -> TrackingEvent:
    """Return the event with its changes pending: the first one, with the others in its `also` list."""
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
    """Return the partition of a shipment in the index of pending changes: `"0"` to `"7"`."""
    return str(zlib.crc32(shipment_id.encode()) % 8)


def _find_finished_leg(step: Step) -> FinishedLeg | None:
    """Return the leg the step has finished; None if it is a correction: its leg may be learned already."""
    if not step.verdict.applied or step.cause == "correction":
        return None
    return find_finished_leg(step.before, step.after, step.event)


def _draft_status_change(step: Step) -> list[_Draft]:
    before, after = step.before, step.after
    if before.status is not after.status or before.direction is not after.direction:
        first = before.status is Status.UNKNOWN and after.status is Status.CREATED
        return [_Draft("created" if first else "status_changed", *_explain_status(step), after.attempts)]
    if before.substatus != after.substatus and after.substatus in MILESTONES:
        # A stop is reached once in each attempt; a hub has no attempts.
        episode = after.attempts if after.status is Status.OUT_FOR_DELIVERY else 0
        return [_Draft("milestone_reached", *_explain_status(step), episode)]
    return []


def _explain_status(step: Step) -> tuple[ReasonCode, str]:
    """Return the reason of a new status, as code and in English."""
    if step.event.clock_kind == ARRIVING:
        return "vehicle_near", f"at most {NEAR_STOPS} stops or {NEAR_TIME.seconds // 60} minutes away"
    if step.event.clock_kind is not None:
        return "no_scan_for_30_days", "no scan for thirty days"
    after = step.after
    return "reported", f"{say_status(after.status, after.substatus)}, reported by {step.event.source}"


def _draft_agreed_day(step: Step) -> list[_Draft]:
    """Return the change of the day that was agreed or set; it says as well that no delay is left."""
    booking = step.event.booking
    if not step.verdict.applied or booking is None or booking.deliver_from is None:
        return []
    day = write_day(date_in_india(booking.deliver_from))
    how = "moved to" if booking.is_rescheduled else "agreed with the recipient for"
    return [_Draft("eta_changed", "day_agreed", f"{how} {day}")]


def _draft_delay_change(step: Step) -> list[_Draft]:
    before, after = step.before.delay, step.after.delay
    if after.is_active and not before.is_active and after.is_notified:
        return [_Draft("delayed", _DELAY_REASONS[after.cause], _describe_delay(step.after), after.episode)]
    if before.is_active and not after.is_active and may_notify_clearing(before):
        why = "expected inside the promise again"
        return [_Draft("delay_cleared", "window_inside_promise", why, before.episode)]
    return []


def _describe_delay(state: ShipmentState) -> str:
    delay = state.delay
    if delay.cause == "reported":
        return "reported"
    if delay.cause == "promise":
        why = "no attempt was made by the promised time"
        hindrance = find_hindrance(state.journey)
        return f"{why}: {say_status(hindrance.status, hindrance.substatus)}" if hindrance else why
    late_by = _format_minutes(delay.minutes) if delay.minutes else "less than a minute"
    return f"expected {late_by} past the promise"


def _draft_eta_change(step: Step) -> list[_Draft]:
    """Return the change of a window of which people are notified anew; the first window makes no change."""
    before, after = step.before.eta_notified, step.after.eta_notified
    if after is None or before is None or after == before:
        return []
    minutes = round((after.at - before.at).total_seconds() / 60)
    why = f"{_format_minutes(abs(minutes))} {'later' if minutes >= 0 else 'earlier'}"
    return [_Draft("eta_changed", "window_moved", why)]


def _format_minutes(minutes: int) -> str:
    """Return minutes as text: `54 min`, `3 h 47 min`, `2 days 3 h`."""
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days {hours % 24} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _draft_stall(step: Step) -> list[_Draft]:
    match step.event.clock_kind:
        case "no_scan" | "vehicle_stands" as reason:
            return [_Draft("stalled", reason, reason.replace("_", " "))]
    return []


def _draft_correction(step: Step) -> list[_Draft]:
    if not step.verdict.applied or not step.event.corrects:
        return []
    reason = (step.event.correction_reason or "no reason given").replace("_", " ")
    return [
        _Draft("corrected", how, f"{event_id} {how}: {reason}")
        for event_id, how in list_corrected(step.event)[:1]
    ]


def _draft_doubt(step: Step) -> list[_Draft]:
    """Return the change of a doubt that the event raises; evidence that ends one makes no change."""
    evidence = step.event.evidence
    if evidence is None or evidence.event_id not in _list_doubted(step.after) - _list_doubted(step.before):
        return []
    nearest = "" if evidence.nearest_m is None else f"; nearest {evidence.nearest_m} m"
    why = f"{say_status(evidence.status, None)}, reported while the vehicle was elsewhere{nearest}"
    return [_Draft("attempt_doubted", "vehicle_was_elsewhere", why)]


def _list_doubted(state: ShipmentState) -> set[str]:
    return {doubt.event_id for doubt in state.doubts}


def _draft_rejection(step: Step) -> list[_Draft]:
    if step.verdict.applied:
        return []
    # A device that repeats the same rejected status with each ping makes one change.
    if step.before.last_rejected == format_rejection(step.event, step.verdict):
        return []
    reported = step.event.reported_status or step.event.status
    return [_Draft("event_rejected", step.verdict.rule, f"{step.verdict.reject_reason} ({reported})")]


def _make_change(step: Step, draft: _Draft, recorded_at: datetime, state_version: int) -> Change:
    event, after = step.event, step.after
    return Change(
        change_id="chg_" + short_hash(after.shipment_id, event.sort_key, draft.type, draft.episode),
        type=draft.type,
        shipment_id=after.shipment_id,
        partner_id=after.partner_id,
        livemode=after.livemode,
        event_id=event.event_id,
        sort_key=event.sort_key,
        cause=step.cause,
        before=step.before.facts,
        after=after.facts,
        why=draft.why,
        reason_code=draft.reason_code,
        episode=draft.episode,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        recorded_at=recorded_at,
        late=event.late,
        state_version=state_version,
        traceparent=event.traceparent,
        evidence=event.evidence if draft.type == "attempt_doubted" else None,
    )
