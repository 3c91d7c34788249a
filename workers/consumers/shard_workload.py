"""Workload of the stream: one lease per shard, parents before their children."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from tracking import metrics
from workers.consumers.failure_window import HaltError
from workers.consumers.shard_consumer import ProcessRecords, ShardConsumer
from workers.consumers.shard_listing import SHARD_ROWS, ShardListing, make_lease
from workers.consumers.shard_reader import ReplacedError, ShardReader
from workers.consumers.stream_losses import last_read_at, report_loss
from workers.health import judge_shard
from workers.leases.held import HeldLease
from workers.leases.policies import CHECK_EVERY_S, RENEW_EVERY_S, WEDGED_AFTER_S
from workers.leases.ports import Lease, LeaseGroup, LeaseTable, Phase
from workers.leases.workload import StopSignal
from workers.ports import Quarantine, RecordStream, Shard, ShardGoneError
from workers.stream_retention import longest_retention

# The row of an ended shard is kept for this long after its last record has left the stream.
ENDED_KEPT_FOR = timedelta(days=1)

Offer = Callable[[Lease], None]
log = structlog.get_logger()


class ShardWorkload:
    """`Workload` for the shards of one stream."""

    wedged_after_s = WEDGED_AFTER_S
    renew_every_s = RENEW_EVERY_S
    check_every_s = CHECK_EVERY_S
    offer_every_s = 0.0
    shares_fairly = True

    def __init__(
        self,
        stream: RecordStream,
        leases: LeaseTable,
        quarantine: Quarantine,
        process: ProcessRecords,
        offer: Offer,
    ) -> None:
        """`process` processes records; `offer` offers a free lease to other processes."""
        self._stream = stream
        self._leases = leases
        self._quarantine = quarantine
        self._process = process
        self._listing = ShardListing()
        self.offer = offer

    def audit(self) -> None:
        """List the shards, and add a free lease for each that has none."""
        group = self._stream.incarnation()
        # Read before the stream is listed: a shard with a row that is not listed afterwards is gone, not new.
        found = self._leases.read_group(group)
        rows = found.leases
        shards = self._stream.list_shards()
        present = {lease.entry for lease in rows}
        missing = [lease for shard in shards if (lease := make_lease(group, shard)).entry not in present]
        self._leases.add_missing(missing)
        self._listing.replace(group, shards, rows)
        phases = [lease.phase for lease in (*rows, *missing)]
        metrics.emit(metrics.SHARDS_OPEN, phases.count(Phase.OPEN))
        metrics.emit(metrics.SHARDS_HALTED, phases.count(Phase.HALTED))
        metrics.emit(metrics.SHARDS_UNREAD, self._count_unread(found, missing))

    def _count_unread(self, found: LeaseGroup, missing: Sequence[Lease]) -> int:
        """Return how many open shards may be read and are not; a shard without a lease is one of them."""
        group, now = found._replace(leases=[*found.leases, *missing]), datetime.now(UTC)
        return sum(
            lease.phase is Phase.OPEN and self.may_start(lease, group) and not judge_shard(lease, now).is_read
            for lease in group.leases
        )

    def list_groups(self) -> list[str]:
        """Return the incarnation of the stream, once it is known."""
        return [self._listing.group] if self._listing.group else []

    def may_start(self, lease: Lease, group: LeaseGroup) -> bool:
        """Return whether all parents of the shard are done."""
        return lease.entry.startswith(SHARD_ROWS) and self._listing.may_start(lease, group)

    def run(self, held: HeldLease, stop: StopSignal) -> list[Lease]:
        """Read the shard under its lease; return, at its end, the leases of its children that may start."""
        reader = ShardReader(held, self._stream, stop, self._listing)
        try:
            children = ShardConsumer(held, reader, self._process, self._quarantine, stop).run()
        except HaltError as error:
            self._halt(held, str(error))
        except ReplacedError as error:
            log.warning("read", outcome="stream replaced", entry=held.lease.entry, error=str(error))
        except ShardGoneError as error:
            self._end_missing_shard(held, str(error))
        else:
            return [] if children is None else self._end(held, children)
        return []

    def _halt(self, held: HeldLease, reason: str) -> None:
        log.error("read", outcome="halted", entry=held.lease.entry, epoch=held.lease.epoch, reason=reason)
        held.halt(reason)
        metrics.emit(metrics.SHARDS_HALTED, 1)

    def _end_missing_shard(self, held: HeldLease, why: str) -> None:
        """Report the loss of a shard that is gone before its end was read, and end its lease."""
        lease, now = held.lease, datetime.now(UTC)
        if not self._is_gone_for_good(lease):
            log.warning("read", outcome="shard not found", entry=lease.entry, error=why)
            return
        report_loss(lease, now - (last_read_at(lease) or now), why)
        self._give_up_for_good(held)

    def _is_gone_for_good(self, lease: Lease) -> bool:
        """Return whether the shard is missing from this very stream, not from one that replaced it."""
        shard_id = lease.entry.removeprefix(SHARD_ROWS)
        try:
            listed = [shard.shard_id for shard in self._stream.list_shards()]
            return self._stream.incarnation() == lease.group and shard_id not in listed
        except ShardGoneError:
            # The stream is being created again; its shards will belong to another group.
            return False

    def _end(self, held: HeldLease, named: Sequence[Shard]) -> list[Lease]:
        """Add the leases of the children, end this one, and return those of them that may start now."""
        group, shard_id = held.lease.group, held.lease.entry.removeprefix(SHARD_ROWS)
        children = named or [shard for shard in self._stream.list_shards() if shard_id in shard.parent_ids]
        entries = [make_lease(group, child) for child in children]
        self._leases.add_missing(entries)
        log.info(
            "read", outcome="shard ended", shard=shard_id, children=[child.shard_id for child in children]
        )
        if self._give_up_for_good(held) is None:
            return []
        rows = self._leases.read_group(group)
        names = {lease.entry for lease in entries}
        return [
            lease
            for lease in rows.leases
            if lease.entry in names
            and lease.owner_id is None
            and lease.phase is Phase.OPEN
            and self.may_start(lease, rows)
        ]

    def _give_up_for_good(self, held: HeldLease) -> Lease | None:
        # The retention may be raised later, and the stream then lists the shard for as long.
        kept_for = max(self._stream.read_retention(), longest_retention()) + ENDED_KEPT_FOR
        expires_at = datetime.now(UTC) + kept_for
        return held.end(int(expires_at.timestamp()))
