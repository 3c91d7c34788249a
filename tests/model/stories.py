"""Stories from which the stream model is searched, and the story that shows why a guard is needed."""

from tests.model.stream import Record, Shard, Story

TWO_OWNERS = Story("two owners of a shard", (Shard((Record(0), Record(1, "move"))),), faults=2)
LATE_RENEWAL = Story(
    "a renewal that the network keeps for a while", (Shard((Record(0), Record(1))),), delayed=1
)
REPEATS = Story(
    "a producer that repeats itself",
    (Shard((Record(0, "move"), Record(1, "move"), Record(0, "move"))),),
)
POISON = Story("poison among good records", (Shard((Record(0, "poison"), Record(1, "move"))),))
DELETED = Story("a lease's row deleted by hand", (Shard((Record(0), Record(1))),), deletions=1)
SPLIT = Story(
    "a split",
    (
        Shard((Record(0, "move"),), source="parent"),
        Shard((Record(1, "move"),), parents=(0,), source="left", first=5),
        Shard((Record(2, shipment=1),), parents=(0,), source="right", first=5),
    ),
)
MERGE = Story(
    "a merge",
    (
        Shard((Record(0),), source="left"),
        Shard((Record(1, shipment=1),), source="right"),
        Shard((Record(2, "move"), Record(3, shipment=1)), parents=(0, 1), source="child", first=5),
    ),
)
MADE_ANEW = Story(
    "a stream that was deleted and made anew",
    (
        Shard((Record(0), Record(1)), source="shard", incarnation=1),
        Shard((Record(2), Record(3, "move")), parents=(0,), source="shard", incarnation=2),
    ),
)
STORIES = (TWO_OWNERS, LATE_RENEWAL, REPEATS, POISON, DELETED, SPLIT, MERGE, MADE_ANEW)

# A search of this story without the guard breaks. Guards that are not named here are redundant.
SHOWN_BY = {
    "take: phase is open": SPLIT,
    "renew: owner is me": DELETED,
    "renew: epoch is mine": LATE_RENEWAL,
    "renew: the checkpoint does not step back": LATE_RENEWAL,
    "checkpoint: only over what is done": TWO_OWNERS,
    "read: from the oldest record on": TWO_OWNERS,
    "quarantine: the row before it is done": POISON,
    "rows: before the state": TWO_OWNERS,
    "rows: a duplicate does not skip the state": TWO_OWNERS,
    "state: on its version": TWO_OWNERS,
    "state: what lost is folded again": TWO_OWNERS,
    "change: in one transaction with the state": TWO_OWNERS,
    "repeat: the stream's creation epoch": MADE_ANEW,
    "repeat: the timeline is folded again": MADE_ANEW,
    "publish: unmarked only once the bus took it": TWO_OWNERS,
    "publish: the sweeper": TWO_OWNERS,
    "deliver: each change is claimed": TWO_OWNERS,
    "end: all is committed": SPLIT,
    "children: every parent has ended": SPLIT,
}
