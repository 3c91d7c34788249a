"""Record: each event becomes one row on its shipment's timeline, and changes the shipment's state."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tracking import metrics
from tracking.domain.commits import (
    Addition,
    Commit,
    make_addition,
    plan_commits,
    replan_commit,
    split_repeats,
)
from tracking.domain.errors import TransientError
from tracking.domain.events import Change, Scan, TrackingEvent, VehicleFix
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import VehicleState
from tracking.ports import ShipmentStore, TrackingPorts
from workers.line.crossings_aboard import put_crossings_aboard
from workers.line.enrich import Enriched
from workers.line.gather import Gathered

MAX_LOST_ROUNDS = 5
NO_VEHICLES: Mapping[str, VehicleState] = {}
# A transaction takes 100 actions: 1 state, up to 60 events, and up to 30 rows with a new verdict.
EVENTS_PER_COMMIT = 60


class Recorded(NamedTuple):
    """A recorded batch: changes to publish, states that moved, recorded events, number of repeats.

    `fixes` are the recorded positions of vehicles, `vehicles` those that moved by them. `foreign` are the
    scans that were not recorded, since they name a vehicle of another owner.
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
    """Progress of recording a batch.

    `states` are the states as last known, `uncommitted` the events that are not committed yet. The rest was
    done so far: `changes` to publish, states that `moved`, events `recorded`, and events found as `repeats`.
    """

    states: dict[str, ShipmentState]
    uncommitted: dict[str, list[TrackingEvent]]
    changes: list[Change] = field(default_factory=list)
    moved: dict[str, ShipmentState] = field(default_factory=dict)
    recorded: list[TrackingEvent] = field(default_factory=list)
    repeats: list[TrackingEvent] = field(default_factory=list)


def record(enriched: Enriched, gathered: Gathered, tracking: TrackingPorts, now: datetime) -> Recorded:
    """Record a batch durably: events of shipments, crossings for the parcels aboard, positions of vehicles.

    Raises `TransientError` if a store or the stream cannot be reached; recording the batch again is safe.
    """
    recorded = record_events(tracking.store, gathered.states, enriched.events, now)
    # Before the vehicle's memory is stored: after a crash in between, the crossing is found again.
    put_crossings_aboard(tracking, enriched.crossings)
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
    waits to be published. Raises `TransientError` if the store cannot be reached, or if more than
    `MAX_LOST_ROUNDS` rounds lost a shipment to another writer; recording the same events again is safe.
    """
    progress = _Progress(dict(states), _group_by_shipment(events))
    lost_rounds = 0
    while progress.uncommitted:
        lost = _commit_once(store, progress, now)
        if lost:
            lost_rounds += 1
            metrics.emit(metrics.RECORD_CONFLICTS, lost)
        if lost_rounds > MAX_LOST_ROUNDS:
            raise TransientError(f"{lost} shipments still lost to other writers after {lost_rounds} rounds")
    if progress.repeats:
        progress.changes += store.read_waiting(progress.repeats)
    return Recorded(progress.changes, progress.moved, progress.recorded, len(progress.repeats))


def plan_commits_of(store: ShipmentStore, additions: Sequence[Addition], now: datetime) -> list[Commit]:
    """Return the commit of each addition, of distinct shipments, in their order."""
    plain = iter(plan_commits([each for each in additions if not each.needs_timeline], now))
    return [
        replan_commit(each, store.read_timeline(each.known.shipment_id), now)
        if each.needs_timeline
        else next(plain)
        for each in additions
    ]


def _commit_once(store: ShipmentStore, progress: _Progress, now: datetime) -> int:
    """Commit once for each shipment with uncommitted events; return how many lost to another writer."""
    planned = _plan_commits(store, progress, now)
    outcomes = store.commit([commit for commit, _ in planned])
    lost = 0
    for (commit, rest), outcome in zip(planned, outcomes, strict=True):
        if outcome.committed:
            _note_commit(progress, commit, rest)
        else:
            lost += 1
            _note_loss(progress, commit.shipment_id, outcome.current)
    return lost


def _plan_commits(
    store: ShipmentStore, progress: _Progress, now: datetime
) -> list[tuple[Commit, list[TrackingEvent]]]:
    """Return the next commit of each shipment, with the events that are left for a later one."""
    additions, rests = [], []
    for shipment_id, events in list(progress.uncommitted.items()):
        state = progress.states.get(shipment_id)
        fresh, repeats = split_repeats(state, events)
        progress.repeats += repeats
        if not fresh:
            del progress.uncommitted[shipment_id]
            continue
        progress.uncommitted[shipment_id] = fresh
        rest = fresh[EVENTS_PER_COMMIT:]
        additions.append(make_addition(state, fresh[:EVENTS_PER_COMMIT], now, rest))
        rests.append(rest)
    return list(zip(plan_commits_of(store, additions, now), rests, strict=True))


def _note_commit(progress: _Progress, commit: Commit, rest: list[TrackingEvent]) -> None:
    after, shipment_id = commit.after, commit.after.shipment_id
    progress.states[shipment_id] = after
    if commit.moved:
        progress.moved[shipment_id] = after
    progress.recorded += commit.events
    progress.changes += [event.change for event in commit.events if event.change is not None]
    if rest:
        progress.uncommitted[shipment_id] = rest
    else:
        del progress.uncommitted[shipment_id]


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
