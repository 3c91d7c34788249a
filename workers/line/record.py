"""Record: events become facts on their shipments' timelines, once, and move the state if they say so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracking import metrics
from tracking.domain.changes import attach, find_changes
from tracking.domain.errors import TransientError
from tracking.domain.events import Cause, Change, TrackingEvent
from tracking.domain.expected_arrival import is_by_clock
from tracking.domain.fold import (
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
    advance_stream_position,
    is_repeat,
    remember_events,
    update_hash,
)
from tracking.domain.vehicles import VehicleState
from tracking.ports import Commit, ShipmentStore

MAX_CONFLICTS = 5
NOBODY_MOVED: Mapping[str, VehicleState] = {}
# One transaction holds 100 actions: the state, these events, and rows a re-fold has judged anew.
MAX_EVENTS_A_STEP = 60


class Recorded(NamedTuple):
    """What came of a batch: changes waiting to be published, states that moved, events kept, repeats.

    And of positions of vehicles alone: those kept, and the vehicles that moved by them.
    """

    changes: list[Change]
    states: dict[str, ShipmentState]
    events: list[TrackingEvent]
    repeats: int
    fixes: Sequence[TrackingEvent] = ()
    vehicles: Mapping[str, VehicleState] = NOBODY_MOVED


@dataclass
class _Progress:
    """How far a batch has come."""

    states: dict[str, ShipmentState]
    waiting: dict[str, list[TrackingEvent]]
    changes: list[Change] = field(default_factory=list)
    moved: dict[str, ShipmentState] = field(default_factory=dict)
    kept: list[TrackingEvent] = field(default_factory=list)
    repeats: list[TrackingEvent] = field(default_factory=list)


def record_events(
    store: ShipmentStore,
    states: dict[str, ShipmentState],
    events: Iterable[TrackingEvent],
    now: datetime,
) -> Recorded:
    """Record enriched events of any shipments on top of the `states` read before; any order, any repeats.

    Returns when all of it is durable. Raises `TransientError` when the store cannot be reached, or when other
    writers won five times running; recording the same events again is safe. A repeat changes nothing, and
    gives back its change if that is still waiting to be published.
    """
    progress = _Progress(dict(states), _by_shipment(events))
    conflicts = 0
    while progress.waiting:
        lost = _commit_once(store, progress, now)
        conflicts += 1 if lost else 0
        if lost:
            metrics.emit(metrics.RECORD_CONFLICTS, lost)
        if conflicts > MAX_CONFLICTS:
            raise TransientError(f"{lost} shipments moved under our hands {conflicts} times")
    if progress.repeats:
        progress.changes += store.read_waiting(progress.repeats)
    return Recorded(progress.changes, progress.moved, progress.kept, len(progress.repeats))


def plan_step(
    store: ShipmentStore, state: ShipmentState | None, fresh: Sequence[TrackingEvent], now: datetime
) -> Commit:
    """The commit that takes a shipment from `state` over events it has not seen, in any order."""
    known = state or ShipmentState(shipment_id=fresh[0].shipment_id or "")
    fresh = [_mark(known, event, now) for event in fresh]
    if needs_whole_timeline(known, fresh):
        return _fold_again(store, state, known, fresh, now)
    late = [_judged(event, judge_late_ping(known, event)) for event in fresh if event.late]
    newer = sorted((event for event in fresh if not event.late), key=lambda event: event.order)
    if not newer:
        return Commit(state, known, tuple(late), moved=False)
    rows, after = _advance(known, newer, now)
    return Commit(state, _number(known, after, fresh), (*late, *rows))


def _commit_once(store: ShipmentStore, progress: _Progress, now: datetime) -> int:
    """One round over everything that waits; returns how many shipments lost against another writer."""
    steps: list[tuple[Commit, list[TrackingEvent]]] = []
    for shipment_id, events in list(progress.waiting.items()):
        state = progress.states.get(shipment_id)
        fresh = _leave_out_repeats(state, events, progress)
        if not fresh:
            del progress.waiting[shipment_id]
            continue
        progress.waiting[shipment_id] = fresh
        taken, rest = fresh[:MAX_EVENTS_A_STEP], fresh[MAX_EVENTS_A_STEP:]
        steps.append((_pass_whole_records(plan_step(store, state, taken, now), taken, rest), rest))
    lost = 0
    outcomes = store.commit([commit for commit, _ in steps])
    for (commit, rest), outcome in zip(steps, outcomes, strict=True):
        if outcome.committed:
            _note_commit(progress, commit, rest)
        else:
            lost += 1
            _note_loss(progress, commit.shipment_id, outcome.current)
    return lost


def _pass_whole_records(
    commit: Commit, taken: Sequence[TrackingEvent], rest: Sequence[TrackingEvent]
) -> Commit:
    """The commit that passes the records it holds whole: events of one record share their position.

    A position remembered too early would make the rest of an array look like a replay of itself.
    """
    whole = [event for event in taken if not rest or event.stream_position < rest[0].stream_position]
    return commit._replace(after=advance_stream_position(commit.after, whole)) if commit.moved else commit


def _note_commit(progress: _Progress, commit: Commit, rest: list[TrackingEvent]) -> None:
    shipment_id = commit.shipment_id
    progress.states[shipment_id] = commit.after
    if commit.moved:
        progress.moved[shipment_id] = commit.after
    progress.kept += commit.events
    progress.changes += [event.change for event in commit.events if event.change is not None]
    if rest:
        progress.waiting[shipment_id] = rest
    else:
        del progress.waiting[shipment_id]


def _note_loss(progress: _Progress, shipment_id: str, current: ShipmentState | None) -> None:
    if current is None:
        progress.states.pop(shipment_id, None)
    else:
        progress.states[shipment_id] = current


def _by_shipment(events: Iterable[TrackingEvent]) -> dict[str, list[TrackingEvent]]:
    grouped: dict[str, list[TrackingEvent]] = defaultdict(list)
    for event in events:
        if event.shipment_id is not None:
            grouped[event.shipment_id].append(event)
    return dict(grouped)


def _leave_out_repeats(
    state: ShipmentState | None, events: Sequence[TrackingEvent], progress: _Progress
) -> list[TrackingEvent]:
    fresh: dict[str, TrackingEvent] = {}
    for event in events:
        if event.sort_key in fresh or (state is not None and is_repeat(state, event)):
            progress.repeats.append(event)
        else:
            fresh[event.sort_key] = event
    return list(fresh.values())


def _mark(state: ShipmentState, event: TrackingEvent, now: datetime) -> TrackingEvent:
    return msgspec.structs.replace(event, late=is_past(state, event), recorded_at=now)


def _judged(event: TrackingEvent, verdict: Verdict) -> TrackingEvent:
    return msgspec.structs.replace(event, applied=verdict.applied, reject_reason=verdict.reject_reason)


def _number(known: ShipmentState, after: ShipmentState, fresh: Sequence[TrackingEvent]) -> ShipmentState:
    return msgspec.structs.replace(
        remember_events(update_hash(after), fresh), state_version=known.state_version + 1
    )


def _advance(
    known: ShipmentState, newer: Sequence[TrackingEvent], now: datetime
) -> tuple[list[TrackingEvent], ShipmentState]:
    """The fast path: events that come after all that is known are applied one by one."""
    rows, state = [], known
    for event in newer:
        after, verdict = apply_event(state, event)
        judged = _judged(event, verdict)
        step = Step(state, after, judged, verdict, _cause_of(judged))
        rows.append(attach(judged, find_changes(step, now, known.state_version + 1)))
        state = after
    return rows, state


def _fold_again(
    store: ShipmentStore,
    state: ShipmentState | None,
    known: ShipmentState,
    fresh: Sequence[TrackingEvent],
    now: datetime,
) -> Commit:
    """The slow path: an event out of the past may move the answer, so the whole timeline is folded."""
    start = known.snapshot.state if known.snapshot else ShipmentState(shipment_id=known.shipment_id)
    # Rows that the snapshot covers keep the verdicts they have.
    timeline = {
        event.sort_key: event
        for event in store.read_timeline(known.shipment_id)
        if event.order > start.last_order
    }
    # A row without a change may be what a crash left between row and state, so it counts as new;
    # if the state has it after all, the fold finds nothing to move.
    new = [
        timeline.get(event.sort_key, event)
        for event in fresh
        if event.sort_key not in timeline or timeline[event.sort_key].change_id is None
    ]
    folded = fold(start, [*timeline.values(), *new])
    rows = [_judged(event, folded.verdicts[event.sort_key]) for event in new]
    rewrites = tuple(
        _judged(event, folded.verdicts[key])
        for key, event in timeline.items()
        if (event.applied, event.reject_reason) != folded.verdicts[key]
    )
    stands = (folded.state.state_hash, folded.state.withdrawn) == (known.state_hash, known.withdrawn)
    if stands and not rewrites and all(row.applied for row in rows):
        return Commit(state, known, tuple(rows), moved=False)
    bookkeeping = {
        name: getattr(known, name)
        for name in ("stream_source", "stream_position", "recent_ids", "fix_memory", "expires_at", "snapshot")
    }
    after = _number(known, msgspec.structs.replace(folded.state, **bookkeeping), fresh)
    told = _tell_net_change(known, after, rows, now)
    # A row that tells is written whole, so its verdict needs no second write.
    whole = {row.sort_key for row in told if row.change is not None}
    return Commit(state, after, told, tuple(row for row in rewrites if row.sort_key not in whole))


def _tell_net_change(
    known: ShipmentState, after: ShipmentState, rows: list[TrackingEvent], now: datetime
) -> tuple[TrackingEvent, ...]:
    """The rows, the newest applied one telling what has changed in all; refused ones tell of themselves.

    A correction tells rather than any other row: it is why the answer has changed.
    """
    applied = [row for row in rows if row.applied]
    teller = max(applied or rows, key=lambda row: (row.corrects, row.order), default=None)
    unmoved = msgspec.structs.replace(after, last_rejected=known.last_rejected)
    told = []
    for row in rows:
        verdict = Verdict(row.applied, row.reject_reason)
        before = known if row is teller else unmoved
        changes = find_changes(Step(before, after, row, verdict, _cause_of(row)), now, after.state_version)
        told.append(attach(row, changes))
    return tuple(told)


def _cause_of(row: TrackingEvent) -> Cause:
    if row.corrects:
        return "correction"
    if is_by_clock(row):
        return "clock"
    return "late" if row.late else "event"
