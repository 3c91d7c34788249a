"""Steps of the stream model: take, read, quarantine, record, publish, renew, end, crash, sweep."""

from collections.abc import Iterator

from tests.model.commit import plan, put_rows, record_changes, write_state
from tests.model.invariants import check_change, check_done, check_write
from tests.model.stream import (
    NO_OWNER,
    Lease,
    Plan,
    Record,
    Scenario,
    Sent,
    ShardConsumer,
    World,
    put_consumer,
    replace_at,
    to_idle,
    unmark,
)

Transitions = Iterator[tuple[str, World]]

READ_LIMIT = 2


class StreamModel:
    """Protocol over one scenario, without the guards in `without`."""

    def __init__(self, scenario: Scenario, without: frozenset[str] = frozenset()) -> None:
        self._scenario = scenario
        self._without = without
        self._children = scenario.children
        self._moves = [event for event, record in scenario.events.items() if record.kind == "move"]

    def has_guard(self, guard: str) -> bool:
        """Return whether a guard is in place."""
        return guard not in self._without

    def find_broken(self, world: World) -> str:
        """Return the invariant that this state violates; empty for none."""
        if world.broken:
            return world.broken
        for shard, lease in enumerate(world.leases):
            done = self._scenario.shards[shard].records[: lease.checkpoint if lease else 0]
            for index, record in enumerate(done):
                if broken := check_done(world, (shard, index), record):
                    return broken
        return next((broken for event in self._moves if (broken := check_change(world, event))), "")

    def is_goal(self, world: World) -> bool:
        """Return whether everything is read and published once, with nothing pending."""
        return (
            all(
                lease is not None and self._is_finished(lease, shard)
                for shard, lease in enumerate(world.leases)
            )
            and not any(row and row.pending for row in world.rows)
            and all(world.effects[event] == 1 for event in self._moves)
        )

    def steps(self, world: World) -> Transitions:
        """Yield every possible next step: its label and the state after it."""
        if world.broken:
            return
        for number, consumer in enumerate(world.consumers):
            name = "AB"[number]
            if consumer is None:
                yield from self._take(world, number)
                continue
            for label, after in self._work(world, number, consumer):
                yield f"{name} {label}", after
        yield from self._surroundings(world)

    def _take(self, world: World, number: int) -> Transitions:
        for shard, lease in enumerate(world.leases):
            if lease is None or not self._may_start(world, shard) or not self._is_takeable(lease, shard):
                continue
            lives = any(
                other and (other.shard, other.epoch) == (shard, lease.epoch) for other in world.consumers
            )
            if lives and not world.faults:
                continue
            taken = Lease(number, lease.epoch + 1, lease.checkpoint, lease.ended)
            newer = world._replace(
                leases=replace_at(world.leases, shard, taken),
                writers=replace_at(world.writers, shard, (taken.epoch, number)),
                faults=world.faults - (1 if lives else 0),
            )
            broken = "I6: an ended shard was taken" if lease.ended else ""
            for done in self._starts(lease, shard):
                consumer = ShardConsumer(shard, taken.epoch, done)
                yield f"{'AB'[number]} takes shard {shard}", put_consumer(newer, number, consumer, broken)

    def _starts(self, lease: Lease, shard: int) -> set[int]:
        """Return the possible starts of a consumer; LATEST instead of TRIM_HORIZON skips older records."""
        starts = {lease.checkpoint}
        if not lease.checkpoint and not self.has_guard("read: from the oldest record on"):
            starts.add(min(1, len(self._scenario.shards[shard].records)))
        return starts

    def _may_start(self, world: World, shard: int) -> bool:
        if not self.has_guard("children: every parent has ended"):
            return True
        return all(
            (lease := world.leases[parent]) and lease.ended for parent in self._scenario.shards[shard].parents
        )

    def _is_takeable(self, lease: Lease, shard: int) -> bool:
        if lease.ended:
            return not self.has_guard("take: phase is open")
        return not self._is_finished(lease, shard)

    def _is_finished(self, lease: Lease, shard: int) -> bool:
        """Return whether nothing is left to do on a shard.

        An open shard is then not taken again, to keep the search small.
        """
        whole = lease.checkpoint == len(self._scenario.shards[shard].records)
        return lease.ended if self._children[shard] else whole

    def _work(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        yield from getattr(self, f"_when_{consumer.stage}")(world, number, consumer)
        # In the other stages a renewal would repeat the last one, so it need not be searched.
        if consumer.stage in {"idle", "publish", "late"} or consumer.done > consumer.start:
            yield from self._renew(world, number, consumer)
        if world.faults:
            yield "is killed", put_consumer(world, number, None)._replace(faults=world.faults - 1)

    def _when_idle(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        records = self._scenario.shards[consumer.shard].records
        for upto in range(consumer.done + 1, min(consumer.done + READ_LIMIT, len(records)) + 1):
            read = consumer._replace(start=consumer.done, upto=upto, stage="read", seen=world.states)
            if not self.has_guard("checkpoint: only over what is done"):
                read = read._replace(done=upto)
            yield f"reads up to {upto}", put_consumer(world, number, read)
        if consumer.done == len(records):
            yield from self._end(world, number, consumer)
        yield from self._release(world, number, consumer)

    def _when_read(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        """Quarantine poison records; then plan each shipment's commit and insert its plain rows."""
        poison = self._poison(consumer) - world.quarantined
        if poison and self.has_guard("quarantine: the row before it is done"):
            yield "quarantines", world._replace(quarantined=world.quarantined | poison)
            return
        if consumer.upto == len(self._scenario.shards[consumer.shard].records) and not self.has_guard(
            "end: all is committed"
        ):
            yield from self._end(world, number, consumer._replace(done=consumer.upto))
        plans, waiting = self._plan(world, consumer)
        recording = consumer._replace(stage="record", plans=plans, waiting=waiting, seen=())
        if self.has_guard("rows: before the state"):
            if not self.has_guard("rows: a duplicate does not skip the state"):
                plans = tuple(entry for entry in plans if not any(world.rows[event] for event in entry.rows))
                recording = recording._replace(plans=plans)
            world = put_rows(
                self._note_rows(world, consumer, recording.plans),
                [event for entry in recording.plans for event in entry.rows],
            )
        yield "plans and inserts rows", put_consumer(world, number, recording)

    def _when_record(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        """Write one shipment's state and its rows with changes; after a lost race, plan again."""
        if not consumer.plans:
            yield "is done", self._finish(world, number, consumer)
            return
        step, remaining = consumer.plans[0], consumer.plans[1:]
        if step.after == step.before:
            yield "moves nothing", put_consumer(world, number, consumer._replace(plans=remaining))
            return
        after = write_state(self.has_guard, world, step)
        if after is None and self.has_guard("state: what lost is folded again"):
            yield (
                "lost",
                put_consumer(world, number, consumer._replace(stage="read", plans=(), seen=world.states)),
            )
        elif after is None:
            yield "lost and goes on", put_consumer(world, number, consumer._replace(plans=remaining))
        elif self.has_guard("rows: before the state") and self.has_guard(
            "change: in one transaction with the state"
        ):
            recorded = record_changes(self._note_commit(after, consumer.shard), step.changes)
            waiting = consumer.waiting | set(step.changes)
            yield (
                "moves the state",
                put_consumer(recorded, number, consumer._replace(plans=remaining, waiting=waiting)),
            )
        else:
            moved = self._note_commit(after, consumer.shard)
            yield "moves the state alone", put_consumer(moved, number, consumer._replace(stage="change_rows"))

    def _when_change_rows(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        """Insert the rows after the state; this stage exists only without a guard."""
        step, remaining = consumer.plans[0], consumer.plans[1:]
        recorded = record_changes(put_rows(world, step.rows), step.changes)
        recording = consumer._replace(
            stage="record", plans=remaining, waiting=consumer.waiting | set(step.changes)
        )
        yield "inserts the rows", put_consumer(recorded, number, recording)

    def _when_publish(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        published = self._publish(world, consumer.waiting)
        yield "publishes", put_consumer(published, number, consumer._replace(stage="unmark"))
        if self.has_guard("publish: unmarked only once the bus took it"):
            yield "finds the bus down", put_consumer(world, number, to_idle(consumer))
        else:
            yield "finds the bus down", put_consumer(world, number, consumer._replace(stage="unmark"))

    def _when_unmark(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        yield "unmarks", put_consumer(unmark(world, consumer.waiting), number, to_idle(consumer))

    def _when_late(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        """Quarantine after the checkpoint; this stage exists only without a guard."""
        stored = world._replace(quarantined=world.quarantined | self._poison(consumer))
        yield "quarantines too late", put_consumer(stored, number, to_idle(consumer))

    def _finish(self, world: World, number: int, consumer: ShardConsumer) -> World:
        late = self._poison(consumer) - world.quarantined
        done = consumer._replace(done=consumer.upto, plans=())
        if late:
            return put_consumer(world, number, done._replace(stage="late"))
        return put_consumer(
            world, number, done._replace(stage="publish") if consumer.waiting else to_idle(done)
        )

    def _batch(self, consumer: ShardConsumer) -> Iterator[tuple[int, Record]]:
        records = self._scenario.shards[consumer.shard].records
        return ((index, records[index]) for index in range(consumer.start, consumer.upto))

    def _poison(self, consumer: ShardConsumer) -> set[tuple[int, int]]:
        return {(consumer.shard, index) for index, record in self._batch(consumer) if record.kind == "poison"}

    def _plan(self, world: World, consumer: ShardConsumer) -> tuple[tuple[Plan, ...], frozenset[int]]:
        shard = self._scenario.shards[consumer.shard]
        batch = [(shard.first + index, record) for index, record in self._batch(consumer)]
        plans, waiting = [], set(consumer.waiting)
        for shipment in sorted({record.shipment for _, record in batch if record.kind != "poison"}):
            step, repeats = plan(self.has_guard, world, shard, batch, consumer.seen[shipment], shipment)
            plans += [step] if step else []
            if self.has_guard("publish: a replay gives back what is pending"):
                waiting |= {event for event in repeats if (row := world.rows[event]) and row.pending}
        return tuple(plans), frozenset(waiting)

    def _renew(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        message = Sent(consumer.shard, number, consumer.epoch, consumer.done)
        written = self._write(world, message)
        if written is None:
            yield "learns that its lease is lost", put_consumer(world, number, None)
        elif written != world:
            yield f"renews with {consumer.done} done", written
        if world.delayed and world.sent is None:
            yield "renews, and the network delays it", world._replace(sent=message, delayed=world.delayed - 1)

    def _write(self, world: World, sent: Sent, **fields: object) -> World | None:
        """Write a renewal, release or end; return None if a condition does not hold."""
        lease = world.leases[sent.shard]
        if lease is None:
            return None
        if self.has_guard("renew: owner is me") and lease.owner != sent.owner:
            return None
        if self.has_guard("renew: epoch is mine") and lease.epoch != sent.epoch:
            return None
        if self.has_guard("renew: the checkpoint does not step back") and lease.checkpoint > sent.checkpoint:
            return None
        changed = lease._replace(checkpoint=sent.checkpoint, **fields)
        return world._replace(
            leases=replace_at(world.leases, sent.shard, changed),
            writers=replace_at(world.writers, sent.shard, (sent.epoch, sent.owner)),
            broken=world.broken or check_write(world, sent),
        )

    def _release(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        written = self._write(
            world, Sent(consumer.shard, number, consumer.epoch, consumer.done), owner=NO_OWNER
        )
        at_end = not self._children[consumer.shard] and consumer.done == len(
            self._scenario.shards[consumer.shard].records
        )
        if written is not None and (at_end or world.faults):
            # A drain before the end of the shard counts as a fault, to keep the search small.
            faults = world.faults if at_end else world.faults - 1
            yield "releases", put_consumer(written, number, None)._replace(faults=faults)

    def _end(self, world: World, number: int, consumer: ShardConsumer) -> Transitions:
        children = self._children[consumer.shard]
        missing = [child for child in children if world.leases[child] is None]
        if missing and self.has_guard("end: the children's rows come first"):
            yield "adds the children's rows", self._add_rows(world, missing)
        elif children:
            written = self._write(
                world, Sent(consumer.shard, number, consumer.epoch, consumer.done), owner=NO_OWNER, ended=True
            )
            if written is not None:
                yield "ends the shard", put_consumer(written, number, None)

    def _add_rows(self, world: World, shards: list[int]) -> World:
        leases = (Lease() if shard in shards else lease for shard, lease in enumerate(world.leases))
        return world._replace(leases=tuple(leases))

    def _surroundings(self, world: World) -> Transitions:
        if world.sent is not None:
            landed = self._write(world, world.sent) or world
            yield "the late renewal arrives", landed._replace(sent=None)
        if world.deletions and world.leases[0] is not None:
            yield (
                "an operator deletes the lease's row, the audit restores it",
                world._replace(
                    leases=replace_at(world.leases, 0, Lease()),
                    writers=replace_at(world.writers, 0, (0, NO_OWNER)),
                    deletions=0,
                ),
            )
        missing = [shard for shard, lease in enumerate(world.leases) if lease is None]
        if missing and self.has_guard("children: the audit adds what is missing") and self._listed(world):
            yield "the audit adds rows", self._add_rows(world, missing)
        pending = frozenset(event for event, row in enumerate(world.rows) if row and row.pending)
        if pending and self.has_guard("publish: the sweeper"):
            yield "the sweeper publishes", unmark(self._publish(world, pending), pending)

    def _listed(self, world: World) -> bool:
        """Return whether the stream has child shards: a split may happen at any time."""
        return any(self._children[shard] for shard in range(len(world.leases)))

    def _publish(self, world: World, events: frozenset[int]) -> World:
        """Publish changes; the listener acts at once, because a waiting message changes no other state."""
        effects = list(world.effects)
        for event in events:
            claimed = effects[event] and self.has_guard("deliver: each change is claimed")
            effects[event] += 0 if claimed else 1
        return world._replace(effects=tuple(effects))

    def _note_commit(self, world: World, shard: int) -> World:
        late = any(child in world.committed for child in self._children[shard])
        broken = world.broken or ("I6: a parent committed after its child" if late else "")
        return world._replace(committed=world.committed | {shard}, broken=broken)

    def _note_rows(self, world: World, consumer: ShardConsumer, plans: tuple[Plan, ...]) -> World:
        new = any(world.rows[event] is None for entry in plans for event in entry.rows)
        return self._note_commit(world, consumer.shard) if new else world
