"""The audit: the ledger beside what the tables hold, record by record; nobody's own count is believed."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from laboratory.local.meter.ledger import BOOKING, LedgerLine
from workers.stream_positions import make_stream_position

# Where the stream keeps a record: its shard, and its sequence number as a stream position.
Place = tuple[str, str]
# Subject and id of a record, as a device names it.
Name = tuple[str, str]


class Kept(NamedTuple):
    """What the tables hold: places and names of recorded events, places of quarantined records."""

    places: Collection[Place]
    names: Collection[Name]
    quarantined: Collection[Place]


class EventCounts(NamedTuple):
    """What became of every accepted record; `put` is the sum of the others."""

    put: int
    recorded: int
    quarantined: int
    duplicates: int
    lost: int


def count_events(lines: Iterable[LedgerLine], kept: Kept) -> EventCounts:
    """Look every line of the ledger up.

    A record is recorded when a row comes from its very place in the stream, a duplicate when a row has its
    name but another place, and lost when the tables know neither.
    """
    counts = dict.fromkeys(("recorded", "quarantined", "duplicates", "lost"), 0)
    for line in lines:
        counts[_judge(line, kept)] += 1
    return EventCounts(put=sum(counts.values()), **counts)


def _judge(line: LedgerLine, kept: Kept) -> str:
    if line.kind == BOOKING:
        return "recorded" if line.name in kept.names else "lost"
    place = (line.shard or "", make_stream_position(line.sequence or "0"))
    if place in kept.places:
        return "recorded"
    if place in kept.quarantined:
        return "quarantined"
    return "duplicates" if line.name in kept.names else "lost"
