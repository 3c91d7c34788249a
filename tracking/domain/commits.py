"""Commits: the step that takes one shipment from its state over new events, worked out and not yet kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from tracking.domain.changes import attach, find_changes
from tracking.domain.events import Cause, TrackingEvent
from tracking.domain.fold import (
    FoldResult,
    Step,
    Verdict,
    apply_event,
    fold,
    is_past,
    judge_late_ping,
    needs_whole_timeline,
)
from tracking.domain.shipment import (
    ShipmentState,
    is_repeat,
    remember_events,
    write_canonical,
)

# What a state keeps besides the answer; a new fold takes it over from the state before.
_BOOKKEEPING = ("stream_source", "stream_position", "recent_ids", "fix_memory", "expires_at", "snapshot")


class Commit(msgspec.Struct, frozen=True):
    """One shipment's step from the state `before` (None: there is none yet) to the state `after`.

    `events` are new rows with their verdicts and changes; `rewrites` are rows that exist already and whose
    verdict a new fold has changed. `moved` is False when the state stays as it is and only rows are added.
    """

    before: ShipmentState | None
    after: ShipmentState
    events: tuple[TrackingEvent, ...]
    rewrites: tuple[TrackingEvent, ...] = ()
    moved: bool = True

    @property
    def shipment_id(self) -> str:
        """Return the id of the shipment."""
        return self.after.shipment_id


def split_repeats(
    state: ShipmentState | None, events: Sequence[TrackingEvent]
) -> tuple[list[TrackingEvent], list[TrackingEvent]]:
    """Return the events that the state has not read, each once, and the repeats."""
    fresh: dict[str, TrackingEvent] = {}
    repeats = []
    for event in events:
        if event.sort_key in fresh or (state is not None and is_repeat(state, event)):
            repeats.append(event)
        else:
            fresh[event.sort_key] = event
    return list(fresh.values()), repeats


class Addition(msgspec.Struct, frozen=True):
    """Events to add to one shipment, with the time they are recorded at and whether they are late.

    `known` is the state before them; it is empty where there is none (`state` is None). `passed` are those
    whose record of the stream is added whole. With `needs_timeline` they may change what earlier events led
    to.
    """

    state: ShipmentState | None
    known: ShipmentState
    marked: Sequence[TrackingEvent]
    passed: Sequence[TrackingEvent]
    needs_timeline: bool


def make_addition(
    state: ShipmentState | None,
    events: Sequence[TrackingEvent],
    recorded_at: datetime,
    rest: Sequence[TrackingEvent] = (),
) -> Addition:
    """Return the addition of events, in any order, to `state`, which is None for a new shipment.

    `rest` are further events, left for a later commit. Events of one record share their stream position: if
    it were remembered too early, the rest of an array would look like a replay of itself.
    """
    known = state or ShipmentState(shipment_id=events[0].shipment_id)
    marked = [
        msgspec.structs.replace(event, late=is_past(known, event), recorded_at=recorded_at)
        for event in events
    ]
    passed = (
        [event for event in marked if event.stream_position < rest[0].stream_position] if rest else marked
    )
    return Addition(state, known, marked, passed, needs_whole_timeline(known, marked))


def plan_commits(additions: Sequence[Addition], now: datetime) -> list[Commit]:
    """Return the commits of events that need no other event, of distinct shipments, in their order.

    Newer events are applied one by one. Late ones are positions that join the timeline and move nothing. Each
    step is taken for all shipments before the next step begins, since that costs less (decision 0082).
    """
    late = [_judge_late(each) for each in additions]
    newer = [_sort_newer(each.marked) for each in additions]
    applied = [_apply(each.known, events, now) for each, events in zip(additions, newer, strict=True)]
    after = [
        _finish(each, state) if rows else each.known
        for each, (rows, state) in zip(additions, applied, strict=True)
    ]
    return [
        Commit(each.state, state, (*joining, *rows), moved=bool(rows))
        for each, state, joining, (rows, _) in zip(additions, after, late, applied, strict=True)
    ]


def _judge_late(addition: Addition) -> list[TrackingEvent]:
    """Return the late events with their verdicts."""
    known = addition.known
    return [_judge(event, judge_late_ping(known, event)) for event in addition.marked if event.late]


def _sort_newer(marked: Sequence[TrackingEvent]) -> list[TrackingEvent]:
    """Return the events that are not late, in their order on the timeline."""
    newer = [event for event in marked if not event.late]
    return sorted(newer, key=lambda event: event.order) if len(newer) > 1 else newer


def replan_commit(addition: Addition, timeline: Sequence[TrackingEvent], now: datetime) -> Commit:
    """Return the commit of events that may change what earlier ones led to: the whole timeline is folded.

    Rows up to the state's snapshot keep their verdicts.
    """
    state, known, marked = addition.state, addition.known, addition.marked
    start = known.snapshot.state if known.snapshot else ShipmentState(shipment_id=known.shipment_id)
    rows = {event.sort_key: event for event in timeline if event.order > start.last_order}
    # A row without a change may be what a crash left between row and state, so it counts as new;
    # if the state has it after all, the fold finds nothing to move.
    new = [
        rows.get(event.sort_key, event)
        for event in marked
        if event.sort_key not in rows or rows[event.sort_key].change_id is None
    ]
    folded = fold(start, [*rows.values(), *new])
    judged = [_judge(event, folded.verdicts[event.sort_key]) for event in new]
    rewrites = _find_rewrites(rows, folded)
    if not rewrites and all(row.applied for row in judged) and _stands(known, folded.state):
        return Commit(state, known, tuple(judged), moved=False)
    bookkeeping = {name: getattr(known, name) for name in _BOOKKEEPING}
    after = _finish(addition, msgspec.structs.replace(folded.state, **bookkeeping))
    written = _attach_net_change(known, after, judged, now)
    # A row that carries a change is written whole, so its verdict needs no second write.
    whole = {row.sort_key for row in written if row.change is not None}
    return Commit(state, after, written, tuple(row for row in rewrites if row.sort_key not in whole))


def _stands(known: ShipmentState, folded: ShipmentState) -> bool:
    """Return whether a new fold has found the answer that is known already."""
    return known.withdrawn == folded.withdrawn and write_canonical(known) == write_canonical(folded)


def _judge(event: TrackingEvent, verdict: Verdict) -> TrackingEvent:
    if (event.applied, event.reject_reason) == verdict:
        return event
    return msgspec.structs.replace(event, applied=verdict.applied, reject_reason=verdict.reject_reason)


def _finish(addition: Addition, after: ShipmentState) -> ShipmentState:
    """Return the state with its memory of the events and the next version."""
    version = addition.known.state_version + 1
    return remember_events(after, addition.marked, addition.passed, state_version=version)


def _apply(
    known: ShipmentState, newer: Sequence[TrackingEvent], now: datetime
) -> tuple[list[TrackingEvent], ShipmentState]:
    rows, state = [], known
    for event in newer:
        after, verdict = apply_event(state, event)
        judged = _judge(event, verdict)
        step = Step(state, after, judged, verdict, _find_cause(judged))
        rows.append(attach(judged, find_changes(step, now, known.state_version + 1)))
        state = after
    return rows, state


def _find_rewrites(rows: Mapping[str, TrackingEvent], folded: FoldResult) -> tuple[TrackingEvent, ...]:
    return tuple(
        _judge(event, folded.verdicts[key])
        for key, event in rows.items()
        if (event.applied, event.reject_reason) != folded.verdicts[key]
    )


def _attach_net_change(
    known: ShipmentState, after: ShipmentState, rows: list[TrackingEvent], now: datetime
) -> tuple[TrackingEvent, ...]:
    """Return the rows: the newest applied one carries all that has changed, refused ones their refusal.

    A correction carries the change rather than any other row: it is why the answer has changed.
    """
    applied = [row for row in rows if row.applied]
    carrier = max(applied or rows, key=lambda row: (row.corrects, row.order), default=None)
    unmoved = msgspec.structs.replace(after, last_rejected=known.last_rejected)
    written = []
    for row in rows:
        verdict = Verdict(row.applied, row.reject_reason)
        before = known if row is carrier else unmoved
        changes = find_changes(Step(before, after, row, verdict, _find_cause(row)), now, after.state_version)
        written.append(attach(row, changes))
    return tuple(written)


def _find_cause(row: TrackingEvent) -> Cause:
    if row.corrects:
        return "correction"
    if row.clock_kind is not None:
        return "clock"
    return "late" if row.late else "event"
