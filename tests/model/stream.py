"""State of the stream model: shards with records, leases, shard consumers, the store, the bus, the effects.

The model has no time: any worker may take any shard at any moment, which includes everything that pauses,
partitions and clocks can cause. So its result depends neither on leases being respected nor on clocks.
"""

from typing import Literal, NamedTuple

Kind = Literal["ping", "move", "poison"]
NO_OWNER = -1


class Record(NamedTuple):
    """Record of a shard; a producer's repeat has the same event. Event numbers are in order of time."""

    event: int
    kind: Kind = "ping"
    shipment: int = 0


class Shard(NamedTuple):
    """Records of a shard, and its parents. `source` and `first` give stream positions as Kinesis does."""

    records: tuple[Record, ...]
    parents: tuple[int, ...] = ()
    source: str = ""
    incarnation: int = 0
    first: int = 1


class Scenario(NamedTuple):
    """Start of a search: the shards, and the numbers of faults that are allowed."""

    name: str
    shards: tuple[Shard, ...]
    faults: int = 1
    delayed: int = 0
    deletions: int = 0

    @property
    def events(self) -> dict[int, Record]:
        """Records by their event, without poison records."""
        records = (record for shard in self.shards for record in shard.records)
        return {record.event: record for record in records if record.kind != "poison"}

    @property
    def children(self) -> dict[int, tuple[int, ...]]:
        """Child shards of each shard."""
        numbers = range(len(self.shards))
        return {
            number: tuple(other for other in numbers if number in self.shards[other].parents)
            for number in numbers
        }


class Lease(NamedTuple):
    """Row of a shard in the lease table; the checkpoint counts its processed records."""

    owner: int = NO_OWNER
    epoch: int = 0
    checkpoint: int = 0
    ended: bool = False


class State(NamedTuple):
    """Stored state of a shipment: its version, its stream position, the events it is folded from."""

    version: int = 0
    source: tuple[int, str] = (0, "")
    position: int = 0
    recent: tuple[int, ...] = ()
    last: int = -1
    folded: frozenset[int] = frozenset()


class Row(NamedTuple):
    """Row of an event on the timeline: has it a change, and is that change still to be published."""

    has_change: bool = False
    pending: bool = False


class Plan(NamedTuple):
    """Planned commit of a shipment: state as read, state to write, rows without and with a change."""

    shipment: int
    before: State
    after: State
    rows: tuple[int, ...] = ()
    changes: tuple[int, ...] = ()


class ShardConsumer(NamedTuple):
    """Shard consumer of a worker: the records done, the current batch, and the stage of its processing."""

    shard: int
    epoch: int
    done: int
    start: int = 0
    upto: int = 0
    stage: str = "idle"
    seen: tuple[State, ...] = ()
    plans: tuple[Plan, ...] = ()
    waiting: frozenset[int] = frozenset()


class Sent(NamedTuple):
    """Renewal that is still in the network."""

    shard: int
    owner: int
    epoch: int
    checkpoint: int


class World(NamedTuple):
    """State of the whole model, with the numbers of faults that are still allowed."""

    leases: tuple[Lease | None, ...]
    consumers: tuple[ShardConsumer | None, ShardConsumer | None]
    states: tuple[State, ...]
    rows: tuple[Row | None, ...]
    quarantined: frozenset[tuple[int, int]]
    effects: tuple[int, ...]
    committed: frozenset[int]
    writers: tuple[tuple[int, int], ...]
    sent: Sent | None
    faults: int
    delayed: int
    deletions: int
    broken: str = ""


def begin(scenario: Scenario) -> World:
    """Return the state before any read; child shards have no row in the lease table yet."""
    events = max(scenario.events) + 1
    shipments = max(record.shipment for record in scenario.events.values()) + 1
    return World(
        leases=tuple(None if shard.parents else Lease() for shard in scenario.shards),
        consumers=(None, None),
        states=(State(),) * shipments,
        rows=(None,) * events,
        quarantined=frozenset(),
        effects=(0,) * events,
        committed=frozenset(),
        writers=((0, NO_OWNER),) * len(scenario.shards),
        sent=None,
        faults=scenario.faults,
        delayed=scenario.delayed,
        deletions=scenario.deletions,
    )


def replace_at(values: tuple, index: int, value: object) -> tuple:
    """Return the tuple with the value at `index` replaced."""
    return (*values[:index], value, *values[index + 1 :])


def put_consumer(world: World, number: int, consumer: ShardConsumer | None, broken: str = "") -> World:
    """Return the state with a worker's shard consumer replaced; None if the worker has none."""
    consumers = (consumer, world.consumers[1]) if number == 0 else (world.consumers[0], consumer)
    return world._replace(consumers=consumers, broken=world.broken or broken)


def to_idle(consumer: ShardConsumer) -> ShardConsumer:
    """Return the shard consumer as it is between two reads."""
    return consumer._replace(stage="idle", waiting=frozenset(), start=0, upto=0)


def unmark(world: World, events: frozenset[int] | set[int]) -> World:
    """Return the state in which these changes are no longer to be published."""
    rows = tuple(
        row._replace(pending=False) if row and event in events else row
        for event, row in enumerate(world.rows)
    )
    return world._replace(rows=rows)
