"""Worlds of the stream model: shards with records, leases, runs, the store, the bus, the effects.

The model has no time: any worker may take any shard at any moment, which includes all effects of pauses,
partitions and clocks. So what holds in it depends neither on leases nor on clocks.
"""

from typing import Literal, NamedTuple

Kind = Literal["ping", "move", "poison"]
NOBODY = -1


class Record(NamedTuple):
    """Record of a shard. A repeat by its producer has the same event; events happen in order of number."""

    event: int
    kind: Kind = "ping"
    shipment: int = 0


class Shard(NamedTuple):
    """Records and parents of a shard. `source` and `first` determine the stream positions of its records."""

    records: tuple[Record, ...]
    parents: tuple[int, ...] = ()
    source: str = ""
    incarnation: int = 0
    first: int = 1


class Story(NamedTuple):
    """Start of a search: the shards, and the number of faults."""

    name: str
    shards: tuple[Shard, ...]
    faults: int = 1
    delayed: int = 0
    deletions: int = 0

    @property
    def events(self) -> dict[int, Record]:
        """Events by number, without poison."""
        records = (record for shard in self.shards for record in shard.records)
        return {record.event: record for record in records if record.kind != "poison"}

    @property
    def children(self) -> dict[int, tuple[int, ...]]:
        """Children of each shard."""
        numbers = range(len(self.shards))
        return {
            shard: tuple(other for other in numbers if shard in self.shards[other].parents)
            for shard in numbers
        }


class Lease(NamedTuple):
    """Lease of a shard; the checkpoint is the number of records that are done."""

    owner: int = NOBODY
    epoch: int = 0
    checkpoint: int = 0
    ended: bool = False


class State(NamedTuple):
    """State of a shipment: its version, its stream position, and the events it is folded from."""

    version: int = 0
    source: tuple[int, str] = (0, "")
    stream_position: int = 0
    recent: tuple[int, ...] = ()
    last: int = -1
    folded: frozenset[int] = frozenset()


class Row(NamedTuple):
    """Row of an event on the timeline: whether it has a change, and whether that is pending."""

    has_change: bool = False
    pending: bool = False


class Plan(NamedTuple):
    """Planned commit of a shipment: the states before and after, and the events with and without a change."""

    shipment: int
    before: State
    after: State
    rows: tuple[int, ...] = ()
    telling: tuple[int, ...] = ()


class ShardConsumer(NamedTuple):
    """Run of a worker on one shard: what is done, its batch, and its next stage."""

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
    """Renewal in flight."""

    shard: int
    owner: int
    epoch: int
    checkpoint: int


class World(NamedTuple):
    """Whole state of the model, with the faults that are left."""

    leases: tuple[Lease | None, ...]
    runs: tuple[ShardConsumer | None, ShardConsumer | None]
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


def begin(story: Story) -> World:
    """Return the world before the first read; children have no row in the lease table yet."""
    events = max(story.events) + 1
    shipments = max(record.shipment for record in story.events.values()) + 1
    return World(
        leases=tuple(None if shard.parents else Lease() for shard in story.shards),
        runs=(None, None),
        states=(State(),) * shipments,
        rows=(None,) * events,
        quarantined=frozenset(),
        effects=(0,) * events,
        committed=frozenset(),
        writers=((0, NOBODY),) * len(story.shards),
        sent=None,
        faults=story.faults,
        delayed=story.delayed,
        deletions=story.deletions,
    )


def replace_at(values: tuple, index: int, value: object) -> tuple:
    """Return the tuple with one value replaced."""
    return (*values[:index], value, *values[index + 1 :])


def put_run(world: World, number: int, run: ShardConsumer | None, broken: str = "") -> World:
    """Set the run of a worker; None for no run."""
    runs = (run, world.runs[1]) if number == 0 else (world.runs[0], run)
    return world._replace(runs=runs, broken=world.broken or broken)


def rest(run: ShardConsumer) -> ShardConsumer:
    """Return the run between two reads."""
    return run._replace(stage="idle", waiting=frozenset(), start=0, upto=0)


def unmark(world: World, events: frozenset[int] | set[int]) -> World:
    """Remove the pending mark of these changes."""
    rows = tuple(
        row._replace(pending=False) if row and event in events else row
        for event, row in enumerate(world.rows)
    )
    return world._replace(rows=rows)
