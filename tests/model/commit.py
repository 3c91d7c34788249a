"""Commit of the stream model: repeats are left out, late events are folded again, rows and states written.

Written like `workers/line/record.py` and the store's commit rule are, condition by condition.
"""

from collections.abc import Callable, Iterable

from tests.model.stream import Plan, Record, Row, Shard, State, World

RECENT = 2

Holds = Callable[[str], bool]


def plan(
    holds: Holds, world: World, shard: Shard, batch: Iterable[tuple[int, Record]], seen: State, shipment: int
) -> tuple[Plan | None, tuple[int, ...]]:
    """Plan the commit of one shipment over a batch, like `plan_commits_of`; also return the repeats in it."""
    fresh: dict[int, Record] = {}
    repeats = []
    upto = 0
    for stream_position, record in batch:
        if record.shipment != shipment or record.kind == "poison":
            continue
        upto = stream_position
        if record.event in fresh or is_repeat(holds, seen, shard, stream_position, record):
            repeats.append(record.event)
        else:
            fresh[record.event] = record
    if not fresh:
        return None, tuple(repeats)
    return _step(holds, world, shard, fresh, seen, shipment, upto), tuple(repeats)


def is_repeat(holds: Holds, seen: State, shard: Shard, stream_position: int, record: Record) -> bool:
    """Like `is_repeat`: a record up to the stream position of the state, or an id in its recent ids."""
    same_stream = seen.source[0] == shard.incarnation or not holds("repeat: the stream's creation epoch")
    replayed = same_stream and seen.source[1] == shard.source and stream_position <= seen.stream_position
    remembered = record.event in seen.recent and holds("repeat: by recent id")
    return (replayed and holds("repeat: by stream position")) or remembered


def _step(
    holds: Holds,
    world: World,
    shard: Shard,
    fresh: dict[int, Record],
    seen: State,
    shipment: int,
    upto: int,
) -> Plan:
    late = [event for event in fresh if event <= seen.last]
    if late and holds("repeat: the timeline is folded again"):
        # As `_fold_again`: a row without a change may be what a crash left, so it counts as new.
        new = [event for event in fresh if not (row := world.rows[event]) or not row.has_change]
        if all(event in seen.folded for event in new):
            # Nothing moves: the rows join the timeline, the state stays.
            return Plan(shipment, seen, seen, tuple(new))
    else:
        new = list(fresh)
    after = State(
        version=seen.version + 1,
        source=(shard.incarnation, shard.source),
        stream_position=upto,
        recent=(*seen.recent, *fresh)[-RECENT:],
        last=max(seen.last, *fresh),
        folded=seen.folded | set(new),
    )
    telling = tuple(event for event in new if fresh[event].kind == "move")
    return Plan(shipment, seen, after, tuple(event for event in new if event not in telling), telling)


def put_rows(world: World, events: Iterable[int]) -> World:
    """Insert rows; existing rows stay."""
    rows = list(world.rows)
    for event in events:
        rows[event] = rows[event] or Row()
    return world._replace(rows=tuple(rows))


def record_changes(world: World, events: Iterable[int]) -> World:
    """Put the rows of events with a change, pending; mark the world broken if a change is recorded twice."""
    rows = list(world.rows)
    broken = world.broken
    for event in events:
        row = rows[event]
        if row is not None and row.has_change:
            broken = "I2: a change was recorded twice"
        rows[event] = Row(has_change=True, pending=True)
    return world._replace(rows=tuple(rows), broken=broken)


def write_state(holds: Holds, world: World, step: Plan) -> World | None:
    """Write the new state; None if another writer was first."""
    current = world.states[step.shipment]
    if current.version != step.before.version and holds("state: on its version"):
        return None
    if holds("change: only on a row that tells none") and any(
        (row := world.rows[event]) is not None and row.has_change for event in step.telling
    ):
        return None
    broken = world.broken
    if step.after.version != current.version + 1:
        broken = "I3: a version was skipped or written twice"
    states = tuple(
        step.after if number == step.shipment else state for number, state in enumerate(world.states)
    )
    return world._replace(states=states, broken=broken)
