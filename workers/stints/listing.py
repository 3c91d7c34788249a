"""The shards a stream had when it was last listed, shared by all stints of a process."""

from collections.abc import Sequence

from workers.leases.ports import Lease, LeaseGroup, Phase
from workers.ports import Shard

SHARD_ROWS = "shard#"


class Listing:
    """The last listing: whole at any moment, since it is replaced and never changed."""

    def __init__(self) -> None:
        self._known: tuple[str, dict[str, Shard]] = ("", {})

    @property
    def group(self) -> str:
        """The stream's incarnation when it was listed; `""` before the first listing."""
        return self._known[0]

    def replace(self, group: str, shards: Sequence[Shard]) -> None:
        """Take a new listing."""
        self._known = group, {shard.shard_id: shard for shard in shards}

    def is_replaced(self, lease: Lease) -> bool:
        """Whether the stream has been made anew since this lease's group was made."""
        return self.group not in ("", lease.group)

    def is_closed(self, shard_id: str) -> bool:
        """Whether the shard was listed as one that takes no more records."""
        shard = self._known[1].get(shard_id)
        return shard is not None and shard.closed

    def may_start(self, lease: Lease, rows: LeaseGroup) -> bool:
        """Whether all that was put into the shard's parents is done, so that order is kept.

        Each parent has ended in the table, or is no longer listed. That it is not only counts where the
        listing has the shard itself: an older one may not know either of them yet.
        """
        group, listed = self._known
        known = group == lease.group and lease.entry.removeprefix(SHARD_ROWS) in listed
        ended = {row.entry for row in rows.leases if row.phase is Phase.ENDED}
        return all(
            f"{SHARD_ROWS}{parent}" in ended or (known and parent not in listed)
            for parent in lease.parent_ids
        )


def make_lease(group: str, shard: Shard) -> Lease:
    """A free lease for a shard that nobody has read yet."""
    return Lease(
        group,
        f"{SHARD_ROWS}{shard.shard_id}",
        parent_ids=shard.parent_ids,
        hash_from=shard.hash_from,
        hash_to=shard.hash_to,
    )
