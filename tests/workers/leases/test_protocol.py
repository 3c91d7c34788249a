"""Real leases keep their invariants under any sequence of takes, renewals, delays and a split."""

from datetime import UTC, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.workers.leases.clocks import Clock
from workers.adapters.memory_leases import MemoryLeases
from workers.consumers.shard_listing import ShardListing, make_lease
from workers.leases.held import HeldLease, Hold
from workers.leases.ports import Lease, Phase
from workers.leases.watch import LeaseWatch
from workers.ports import Shard
from workers.stream_positions import make_stream_position

GROUP = "scans@1"
PARENT = Shard("shardId-000000000000")
CHILDREN = [Shard(f"shardId-00000000000{number}", ("shardId-000000000000",)) for number in (1, 2)]
RECORDS = 6
THEN = datetime(2026, 11, 22, tzinfo=UTC)

hosts = st.sampled_from([0, 1])
# Kinesis and DynamoDB answer within two seconds or not at all; a paused process may wake at any time.
delays = st.sampled_from([0.0, 0.0, 0.3, 1.9, 12.0])
moments = st.sampled_from([0.3, 1.0, 2.6, 5.1])


class Host:
    """One process: its own clock, its observations, the leases it holds."""

    def __init__(self, time: Clock, ahead: float) -> None:
        self.clock = lambda: time.now + ahead
        self.watch = LeaseWatch(self.clock)
        self.held: dict[str, HeldLease] = {}

    def holding(self, hold: Hold = Hold.HELD) -> list[HeldLease]:
        return [held for held in self.held.values() if held.hold is hold]


class Leasing(RuleBasedStateMachine):
    """Two hosts, a shard that is split, and steps of time of any length."""

    def __init__(self) -> None:
        super().__init__()
        self.time = Clock()
        self.table = MemoryLeases()
        self.listing = ShardListing()
        self.done: dict[str, int] = {}
        self.before: dict[str, Lease] = {}
        self.late: list[Lease] = []

    @initialize(ahead=st.floats(-1e6, 1e6))
    def begin(self, ahead: float) -> None:
        self.hosts = [Host(self.time, 0.0), Host(self.time, ahead)]
        self.listing.replace(GROUP, [PARENT])
        self.table.add_missing([make_lease(GROUP, PARENT)])

    @rule(seconds=moments)
    def let_time_pass(self, seconds: float) -> None:
        self.time.now += seconds

    @rule(number=hosts, answer_after=delays)
    def observe_and_take(self, number: int, answer_after: float) -> None:
        host, rows = self.hosts[number], self.table.read_group(GROUP)
        view = host.watch.observe(rows)
        for seen in view.expired + view.still_free:
            if not self.listing.may_start(seen, rows):
                continue
            sent_at = host.clock()
            lease = self.table.take(seen, f"host {number}")
            self.time.now += answer_after
            if lease is not None:
                host.held[lease.entry] = HeldLease(self.table, lease, host.clock, taken_at=sent_at)

    @rule(number=hosts, answer_after=delays)
    def renew(self, number: int, answer_after: float) -> None:
        host = self.hosts[number]
        sent_at = host.clock()
        prepared = [(held, held.prepare_renewal()) for held in host.held.values()]
        sent = [(held, lease) for held, lease in prepared if lease is not None]
        answers = self.table.renew_all([lease for _, lease in sent])
        self.time.now += answer_after
        for (held, lease), answer in zip(sent, answers, strict=True):
            held.take_renewal(lease, sent_at, answer)

    @rule(number=hosts)
    def delay_a_renewal(self, number: int) -> None:
        prepared = [held.prepare_renewal() for held in self.hosts[number].held.values()]
        self.late = [lease for lease in prepared if lease is not None]

    @precondition(lambda self: self.late)
    @rule()
    def deliver_the_delayed_renewal(self) -> None:
        self.table.renew_all(self.late)
        self.late = []

    @rule(number=hosts, records=st.integers(1, 3))
    def work(self, number: int, records: int) -> None:
        for held in self.hosts[number].holding():
            held.tick()
            entry = held.lease.entry
            upto = min(count_done(held.lease) + records, RECORDS)
            self.done[entry] = max(self.done.get(entry, 0), upto)
            held.move_checkpoint(make_stream_position(str(upto)), str(upto), THEN)

    @precondition(lambda self: self.time.now > 1020)
    @rule(number=hosts)
    def drain(self, number: int) -> None:
        for held in self.hosts[number].held.values():
            held.release()

    @rule(number=hosts)
    def end_the_parent(self, number: int) -> None:
        for held in self.hosts[number].holding():
            if held.lease.entry == make_lease(GROUP, PARENT).entry and count_done(held.lease) == RECORDS:
                self.table.add_missing([make_lease(GROUP, child) for child in CHILDREN])
                held.end(expires_at=0)

    @rule()
    def forget_the_parent(self) -> None:
        """Drop the parent from the listing while a host that holds it still has records to do."""
        rows = self.table.read_group(GROUP).leases
        self.table.add_missing([make_lease(GROUP, child) for child in CHILDREN])
        self.listing.replace(GROUP, CHILDREN, rows)

    @invariant()
    def no_two_hosts_hold_one_shard(self) -> None:
        holders = [held.lease.entry for host in getattr(self, "hosts", ()) for held in host.holding()]
        assert len(holders) == len(set(holders))

    @invariant()
    def neither_checkpoint_nor_epoch_ever_falls(self) -> None:
        for lease in self.table.read_group(GROUP).leases:
            before = self.before.get(lease.entry, lease)
            assert (lease.epoch >= before.epoch, lease.checkpoint >= before.checkpoint) == (True, True)
            self.before[lease.entry] = lease

    @invariant()
    def no_checkpoint_passes_what_is_not_done(self) -> None:
        for lease in self.table.read_group(GROUP).leases:
            assert count_done(lease) <= self.done.get(lease.entry, 0)

    @invariant()
    def no_child_is_held_before_its_parent_has_ended(self) -> None:
        rows = {lease.entry: lease for lease in self.table.read_group(GROUP).leases}
        ended = not rows or rows[make_lease(GROUP, PARENT).entry].phase is Phase.ENDED
        assert ended or not any(lease.owner_id for lease in rows.values() if lease.parent_ids)


def count_done(lease: Lease) -> int:
    """Return how many records of its shard are done by the checkpoint of a lease."""
    return int(lease.checkpoint_sequence or 0)


TestLeasing = Leasing.TestCase
TestLeasing.settings = settings(stateful_step_count=40)


def test_an_owner_that_fences_later_than_others_may_take_over_is_detected(monkeypatch):
    monkeypatch.setattr("workers.leases.held.FENCE_AFTER_S", 6.0)
    leasing = Leasing()
    leasing.begin(0.0)
    for number, passed in ((0, 0.0), (0, 0.0), (1, 5.5), (1, 0.0)):
        leasing.observe_and_take(number, 0.0)
        leasing.let_time_pass(passed)
    with pytest.raises(AssertionError):
        leasing.no_two_hosts_hold_one_shard()
