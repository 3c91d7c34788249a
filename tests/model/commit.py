"""Commit of the stream model: leave out repeats, fold again for late events, write.

It has the same conditions as `workers/line/record.py` and the store's commit rule, one by one.
"""

from collections.abc import Callable, Iterable

from tests.model.stream import Plan, Record, Row, Shard, State, World

RECENT = 2

HasGuard = Callable[[str], bool]


def plan(
    has_guard: HasGuard,
    world: World,
    shard: Shard,
    batch: Iterable[tuple[int, Record]],
    seen: State,
    shipment: int,
) -> tuple[Plan | None, tuple[int, ...]]:
    """Model `plan_step`: return the commit of one shipment for a batch, and the repeated events in it."""
    fresh: dict[int, Record] = {}
    repeats = []
    upto = 0
    for position, record in batch:
        if record.shipment != shipment or record.kind == "poison":
            continue
        upto = position
        if record.event in fresh or is_repeat(has_guard, seen, shard, position, record):
            repeats.append(record.event)
        else:
            fresh[record.event] = record
    if not fresh:
        return None, tuple(repeats)
    return _step(has_guard, world, shard, fresh, seen, shipment, upto), tuple(repeats)


def is_repeat(has_guard: HasGuard, seen: State, shard: Shard, position: int, record: Record) -> bool:
    """Model `is_repeat`: a record up to the state's stream position, or an event among its recent ids."""
    same_stream = seen.source[0] == shard.incarnation or not has_guard("repeat: the stream's creation epoch")
    replayed = same_stream and seen.source[1] == shard.source and position <= seen.position
    remembered = record.event in seen.recent and has_guard("repeat: by recent id")
    return (replayed and has_guard("repeat: by position")) or remembered


def _step(
    has_guard: HasGuard,
    world: World,
    shard: Shard,
    fresh: dict[int, Record],
    seen: State,
    shipment: int,
    upto: int,
) -> Plan:
    late = [event for event in fresh if event <= seen.last]
    if late and has_guard("repeat: the timeline is folded again"):
        # As in `_fold_again`: a row without a change may be left from a crash, so its event counts as new.
        new = [event for event in fresh if not (row := world.rows[event]) or not row.has_change]
        if all(event in seen.folded for event in new):
            # The state stays; only the rows are added to the timeline.
            return Plan(shipment, seen, seen, tuple(new))
    else:
        new = list(fresh)
    after = State(
        version=seen.version + 1,
        source=(shard.incarnation, shard.source),
        position=upto,
        recent=(*seen.recent, *fresh)[-RECENT:],
        last=max(seen.last, *fresh),
        folded=seen.folded | set(new),
    )
    changes = tuple(event for event in new if fresh[event].kind == "move")
    return Plan(shipment, seen, after, tuple(event for event in new if event not in changes), changes)


def put_rows(world: World, events: Iterable[int]) -> World:
    """Insert rows; an existing row stays as it is."""
    rows = list(world.rows)
    for event in events:
        rows[event] = rows[event] or Row()
    return world._replace(rows=tuple(rows))


def record_changes(world: World, events: Iterable[int]) -> World:
    """Write rows with a pending change; it is a violation if a row already has one."""
    rows = list(world.rows)
    broken = world.broken
    for event in events:
        row = rows[event]
        if row is not None and row.has_change:
            broken = "I2: a change was recorded twice"
        rows[event] = Row(has_change=True, pending=True)
    return world._replace(rows=tuple(rows), broken=broken)


def write_state(has_guard: HasGuard, world: World, step: Plan) -> World | None:
    """Return the model's state with the new shipment state, or None if another writer was first."""
    current = world.states[step.shipment]
    if current.version != step.before.version and has_guard("state: on its version"):
        return None
    if has_guard("change: only on a row without one") and any(
        (row := world.rows[event]) is not None and row.has_change for event in step.changes
    ):
        return None
    broken = world.broken
    if step.after.version != current.version + 1:
        broken = "I3: a version was skipped or written twice"
    states = tuple(
        step.after if number == step.shipment else state for number, state in enumerate(world.states)
    )
    return world._replace(states=states, broken=broken)
