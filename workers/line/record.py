"""Record: enriched events become rows on their shipments' timelines, once, and move the states."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tracking import metrics
from tracking.domain.commits import (
    Commit,
    mark_events,
    pass_whole_records,
    plan_commit,
    replan_commit,
    split_repeats,
)
from tracking.domain.errors import TransientError
from tracking.domain.events import Change, Scan, TrackingEvent, VehicleFix
from tracking.domain.fold import needs_whole_timeline
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import VehicleState
from tracking.ports import ShipmentStore, TrackingPorts
from workers.line.enrich import Enriched
from workers.line.gather import Gathered
from workers.line.manifest_scans import put_manifest_scans

MAX_CONFLICTS = 5
NO_VEHICLES: Mapping[str, VehicleState] = {}
# One transaction holds 100 actions: the state, these events, and rows whose verdict has changed.
MAX_EVENTS_A_COMMIT = 60


class Recorded(NamedTuple):
    """A recorded batch: changes to publish, states that moved, events kept, and how many were repeats.

    `fixes` are the kept positions of vehicles, `vehicles` those that moved by them. `foreign` are the scans
    that were not recorded, since they name a vehicle of another owner.
    """

    changes: list[Change]
    states: dict[str, ShipmentState]
    events: list[TrackingEvent]
    repeats: int
    fixes: Sequence[VehicleFix] = ()
    vehicles: Mapping[str, VehicleState] = NO_VEHICLES
    foreign: Sequence[Scan] = ()


@dataclass
class _Progress:
    """Progress of recording a batch."""

    states: dict[str, ShipmentState]
    waiting: dict[str, list[TrackingEvent]]
    changes: list[Change] = field(default_factory=list)
    moved: dict[str, ShipmentState] = field(default_factory=dict)
    kept: list[TrackingEvent] = field(default_factory=list)
    repeats: list[TrackingEvent] = field(default_factory=list)


def record(enriched: Enriched, gathered: Gathered, tracking: TrackingPorts, now: datetime) -> Recorded:
    """Record a batch durably: events of shipments, crossings for the parcels aboard, positions of vehicles.

    Raises `TransientError` when a store or the stream cannot be reached; recording the batch again is safe.
    """
    recorded = record_events(tracking.store, gathered.states, enriched.events, now)
    # Before the vehicle's memory holds the crossing: after a crash in between it is put on the stream again.
    put_manifest_scans(tracking, enriched.crossings)
    moved = tracking.vehicles.record_fixes(enriched.fixes)
    return recorded._replace(fixes=enriched.fixes, vehicles=moved, foreign=gathered.foreign)


def record_events(
    store: ShipmentStore,
    states: Mapping[str, ShipmentState],
    events: Iterable[TrackingEvent],
    now: datetime,
) -> Recorded:
    """Record events of any shipments, in any order and with repeats, on top of the `states` read before.

    Returns when everything is durable. A repeat changes nothing; its change is returned again if it still
    waits to be published. Raises `TransientError` when the store cannot be reached, or when other writers
    were quicker five times running; recording the same events again is safe.
    """
    progress = _Progress(dict(states), _group_by_shipment(events))
    conflicts = 0
    while progress.waiting:
        lost = _commit_once(store, progress, now)
        if lost:
            conflicts += 1
            metrics.emit(metrics.RECORD_CONFLICTS, lost)
        if conflicts > MAX_CONFLICTS:
            raise TransientError(f"{lost} shipments were changed by other writers {conflicts} times")
    if progress.repeats:
        progress.changes += store.read_waiting(progress.repeats)
    return Recorded(progress.changes, progress.moved, progress.kept, len(progress.repeats))


def plan_step(
    store: ShipmentStore, state: ShipmentState | None, fresh: Sequence[TrackingEvent], now: datetime
) -> Commit:
    """Return the commit that takes a shipment from `state` over events it has not read, in any order."""
    known = state or ShipmentState(shipment_id=fresh[0].shipment_id)
    marked = mark_events(known, fresh, now)
    if needs_whole_timeline(known, marked):
        return replan_commit(state, known, marked, store.read_timeline(known.shipment_id), now)
    return plan_commit(state, known, marked, now)


def _commit_once(store: ShipmentStore, progress: _Progress, now: datetime) -> int:
    """Commit one step of every waiting shipment; return how many lost against another writer."""
    steps = _plan_steps(store, progress, now)
    outcomes = store.commit([commit for commit, _ in steps])
    lost = 0
    for (commit, rest), outcome in zip(steps, outcomes, strict=True):
        if outcome.committed:
            _note_commit(progress, commit, rest)
        else:
            lost += 1
            _note_loss(progress, commit.shipment_id, outcome.current)
    return lost


def _plan_steps(
    store: ShipmentStore, progress: _Progress, now: datetime
) -> list[tuple[Commit, list[TrackingEvent]]]:
    """Return the next step of each waiting shipment, with the events that are left for a later one."""
    steps = []
    for shipment_id, events in list(progress.waiting.items()):
        state = progress.states.get(shipment_id)
        fresh, repeats = split_repeats(state, events)
        progress.repeats += repeats
        if not fresh:
            del progress.waiting[shipment_id]
            continue
        progress.waiting[shipment_id] = fresh
        taken, rest = fresh[:MAX_EVENTS_A_COMMIT], fresh[MAX_EVENTS_A_COMMIT:]
        steps.append((pass_whole_records(plan_step(store, state, taken, now), taken, rest), rest))
    return steps


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


def _group_by_shipment(events: Iterable[TrackingEvent]) -> dict[str, list[TrackingEvent]]:
    grouped: dict[str, list[TrackingEvent]] = defaultdict(list)
    for event in events:
        grouped[event.shipment_id].append(event)
    return dict(grouped)
