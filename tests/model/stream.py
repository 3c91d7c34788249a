"""The worlds of the stream model: shards with records, leases, runs, the store, the bus, the effects.

Nothing is timed here: any worker may take any shard at any moment, which is more than pauses, partitions and
clocks can do. What stays right here rests on no lease being kept and on no clock.
"""

from typing import Literal, NamedTuple

Kind = Literal["ping", "move", "poison"]
NOBODY = -1


class Record(NamedTuple):
    """A record of a shard; a repeat by its producer carries the same event. Events happen in their order."""

    event: int
    kind: Kind = "ping"
    shipment: int = 0


class Shard(NamedTuple):
    """What a shard holds, and whose child it is. `source` and `first` place its records as Kinesis does."""

    records: tuple[Record, ...]
    parents: tuple[int, ...] = ()
    source: str = ""
    incarnation: int = 0
    first: int = 1


class Story(NamedTuple):
    """What a search starts from: the shards, and how much may go wrong."""

    name: str
    shards: tuple[Shard, ...]
    faults: int = 1
    delayed: int = 0
    deletions: int = 0

    @property
    def events(self) -> dict[int, Record]:
        """Each event that is none of the poison, by its number."""
        records = (record for shard in self.shards for record in shard.records)
        return {record.event: record for record in records if record.kind != "poison"}

    @property
    def children(self) -> dict[int, tuple[int, ...]]:
        """The children of each shard."""
        numbers = range(len(self.shards))
        return {
            one: tuple(other for other in numbers if one in self.shards[other].parents) for one in numbers
        }


class Lease(NamedTuple):
    """A shard's row: the checkpoint counts the records that are done."""

    owner: int = NOBODY
    epoch: int = 0
    checkpoint: int = 0
    ended: bool = False


class State(NamedTuple):
    """What the store keeps of a shipment: its version, what it has read, which events it is folded from."""

    version: int = 0
    source: tuple[int, str] = (0, "")
    stream_position: int = 0
    recent: tuple[int, ...] = ()
    last: int = -1
    folded: frozenset[int] = frozenset()


class Row(NamedTuple):
    """An event's row on the timeline: whether it tells a change, and whether the bus still waits for it."""

    tells: bool = False
    pending: bool = False


class Plan(NamedTuple):
    """A shipment's step: from the version it has read to the state it wants, with the events that tell."""

    shipment: int
    before: State
    after: State
    rows: tuple[int, ...] = ()
    telling: tuple[int, ...] = ()


class ShardConsumer(NamedTuple):
    """A worker's run on one shard: what is done, the batch in hand, and what it does with it next."""

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
    """A renewal that is still on its way through the network."""

    shard: int
    owner: int
    epoch: int
    checkpoint: int


class World(NamedTuple):
    """Everything there is, and what may still go wrong."""

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
    """The world before anybody has read anything; children have no row in the lease table yet."""
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
    """The tuple with one value in another's place."""
    return (*values[:index], value, *values[index + 1 :])


def put_run(world: World, number: int, run: ShardConsumer | None, broken: str = "") -> World:
    """The world with a worker's run as it is now; None: it has none."""
    runs = (run, world.runs[1]) if number == 0 else (world.runs[0], run)
    return world._replace(runs=runs, broken=world.broken or broken)


def rest(run: ShardConsumer) -> ShardConsumer:
    """The run between two reads."""
    return run._replace(stage="idle", waiting=frozenset(), start=0, upto=0)


def unmark(world: World, events: frozenset[int] | set[int]) -> World:
    """The world where these changes wait for the bus no more."""
    rows = tuple(
        row._replace(pending=False) if row and event in events else row
        for event, row in enumerate(world.rows)
    )
    return world._replace(rows=rows)
