"""Compares the simulator's ledger with the tables, record by record, without the product's own counts."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from laboratory.local.meter.ledger import BOOKING, LedgerLine
from workers.stream_positions import make_stream_position

# Shard of a record, and its sequence number as a stream position.
StreamPlace = tuple[str, str]
# Subject and id of a record, as given by its device.
Name = tuple[str, str]


class StoredRecords(NamedTuple):
    """Records found in the tables: places and names of recorded events, places of quarantined records."""

    places: Collection[StreamPlace]
    names: Collection[Name]
    quarantined: Collection[StreamPlace]


class EventCounts(NamedTuple):
    """Numbers of accepted records by outcome; `put` is the sum of the others."""

    put: int
    recorded: int
    quarantined: int
    duplicates: int
    lost: int


def count_events(lines: Iterable[LedgerLine], stored: StoredRecords) -> EventCounts:
    """Count the outcomes of the ledger's lines.

    A record counts as recorded if a row comes from its place in the stream, as a duplicate if a row has its
    name but another place, and as lost if there is neither.
    """
    counts = dict.fromkeys(("recorded", "quarantined", "duplicates", "lost"), 0)
    for line in lines:
        counts[_find_outcome(line, stored)] += 1
    return EventCounts(put=sum(counts.values()), **counts)


def _find_outcome(line: LedgerLine, stored: StoredRecords) -> str:
    if line.kind == BOOKING:
        return "recorded" if line.name in stored.names else "lost"
    place = (line.shard or "", make_stream_position(line.sequence or "0"))
    if place in stored.places:
        return "recorded"
    if place in stored.quarantined:
        return "quarantined"
    return "duplicates" if line.name in stored.names else "lost"
