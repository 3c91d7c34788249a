"""The shards a stream had when it was last listed, shared by all stints of a process."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workers.leases.ports import Lease, LeaseGroup, Phase
from workers.ports import Shard

SHARD_ROWS = "shard#"


class _Known(NamedTuple):
    """One listing: the shards by id, and the leases that were in the table before they were asked for."""

    group: str
    shards: dict[str, Shard]
    earlier: frozenset[str]


class Listing:
    """The last listing: whole at any moment, since it is replaced and never changed."""

    def __init__(self) -> None:
        self._known = _Known("", {}, frozenset())

    @property
    def group(self) -> str:
        """The stream's incarnation when it was listed; `""` before the first listing."""
        return self._known.group

    def replace(self, group: str, shards: Sequence[Shard], earlier: Iterable[Lease] = ()) -> None:
        """Take a new listing; `earlier` are the leases read from the table before the stream was asked."""
        listed = {shard.shard_id: shard for shard in shards}
        self._known = _Known(group, listed, frozenset(lease.entry for lease in earlier))

    def is_replaced(self, lease: Lease) -> bool:
        """Whether the stream has been made anew since this lease's group was made."""
        return self.group not in ("", lease.group)

    def is_closed(self, shard_id: str) -> bool:
        """Whether the shard was listed as one that takes no more records."""
        shard = self._known.shards.get(shard_id)
        return shard is not None and shard.closed

    def may_start(self, lease: Lease, rows: LeaseGroup) -> bool:
        """Whether all that was put into the shard's parents is done, so that order is kept.

        Each parent has ended in the table, or has no row there and is no longer listed. A row that is open or
        halted is never passed over, even if its shard has gone: its owner may have records in hand. Whoever
        finds the shard gone tells the loss and ends the row; an owner that died is replaced as always.
        """
        known = self._known
        phases = {row.entry: row.phase for row in rows.leases}
        # A listing from before the shard was made may not know its parents yet either.
        is_newer = known.group == lease.group and (
            lease.entry in known.earlier or lease.entry.removeprefix(SHARD_ROWS) in known.shards
        )

        def is_done(parent: str) -> bool:
            phase = phases.get(f"{SHARD_ROWS}{parent}")
            return phase is Phase.ENDED or (phase is None and is_newer and parent not in known.shards)

        return all(map(is_done, lease.parent_ids))


def make_lease(group: str, shard: Shard) -> Lease:
    """A free lease for a shard that nobody has read yet."""
    return Lease(
        group,
        f"{SHARD_ROWS}{shard.shard_id}",
        parent_ids=shard.parent_ids,
        hash_from=shard.hash_from,
        hash_to=shard.hash_to,
    )
