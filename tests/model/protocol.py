"""Steps of the stream model: take, read, quarantine, record, publish, renew, end, crash, sweep."""

from collections.abc import Iterator

from tests.model.commit import plan, put_rows, record_changes, write_state
from tests.model.invariants import judge_change, judge_done, judge_write
from tests.model.stream import (
    NOBODY,
    Lease,
    Plan,
    Record,
    Sent,
    ShardConsumer,
    Story,
    World,
    put_run,
    replace_at,
    rest,
    unmark,
)

READ_LIMIT = 2

GUARDS = (
    "take: phase is open",
    "renew: owner is me",
    "renew: epoch is mine",
    "renew: the checkpoint does not step back",
    "checkpoint: only over what is done",
    "read: from the oldest record on",
    "quarantine: the row before it is done",
    "rows: before the state",
    "rows: a duplicate does not skip the state",
    "state: on its version",
    "state: what lost is folded again",
    "change: only on a row that tells none",
    "change: in one transaction with the state",
    "repeat: the stream's creation epoch",
    "repeat: by stream position",
    "repeat: by recent id",
    "repeat: the timeline is folded again",
    "publish: unmarked only once the bus took it",
    "publish: a replay gives back what is pending",
    "publish: the sweeper",
    "deliver: each change is claimed",
    "end: all is committed",
    "end: the children's rows come first",
    "children: every parent has ended",
    "children: the audit adds what is missing",
)


class StreamModel:
    """Protocol over one story, without the guards in `without`."""

    def __init__(self, story: Story, without: frozenset[str] = frozenset()) -> None:
        self._story = story
        self._without = without
        self._children = story.children
        self._moves = [event for event, record in story.events.items() if record.kind == "move"]

    def holds(self, guard: str) -> bool:
        """Return whether a guard is in place."""
        return guard not in self._without

    def find_broken(self, world: World) -> str:
        """Return the invariant that does not hold in this world; empty if all hold."""
        if world.broken:
            return world.broken
        for shard, lease in enumerate(world.leases):
            done = self._story.shards[shard].records[: lease.checkpoint if lease else 0]
            for index, record in enumerate(done):
                if broken := judge_done(world, (shard, index), record):
                    return broken
        return next((broken for event in self._moves if (broken := judge_change(world, event))), "")

    def is_goal(self, world: World) -> bool:
        """Return whether all is read, every change is published once, and nothing is in progress."""
        return (
            all(
                lease is not None and self._is_finished(lease, shard)
                for shard, lease in enumerate(world.leases)
            )
            and not any(row and row.pending for row in world.rows)
            and all(world.effects[event] == 1 for event in self._moves)
        )

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Yield every step that is possible, with the world after it."""
        if world.broken:
            return
        for number, run in enumerate(world.runs):
            name = "AB"[number]
            if run is None:
                yield from self._take(world, number)
                continue
            for label, after in self._work(world, number, run):
                yield f"{name} {label}", after
        yield from self._surroundings(world)

    def _take(self, world: World, number: int) -> Iterator[tuple[str, World]]:
        for shard, lease in enumerate(world.leases):
            if lease is None or not self._may_start(world, shard) or not self._is_takeable(lease, shard):
                continue
            lives = any(other and (other.shard, other.epoch) == (shard, lease.epoch) for other in world.runs)
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
                run = ShardConsumer(shard, taken.epoch, done)
                yield f"{'AB'[number]} takes shard {shard}", put_run(newer, number, run, broken)

    def _starts(self, lease: Lease, shard: int) -> set[int]:
        """Return where a run begins; LATEST instead of TRIM_HORIZON would skip earlier records."""
        starts = {lease.checkpoint}
        if not lease.checkpoint and not self.holds("read: from the oldest record on"):
            starts.add(min(1, len(self._story.shards[shard].records)))
        return starts

    def _may_start(self, world: World, shard: int) -> bool:
        if not self.holds("children: every parent has ended"):
            return True
        return all(
            (lease := world.leases[parent]) and lease.ended for parent in self._story.shards[shard].parents
        )

    def _is_takeable(self, lease: Lease, shard: int) -> bool:
        if lease.ended:
            return not self.holds("take: phase is open")
        return not self._is_finished(lease, shard)

    def _is_finished(self, lease: Lease, shard: int) -> bool:
        """Return whether a shard is done; an open one is then not taken again, to keep the search small."""
        whole = lease.checkpoint == len(self._story.shards[shard].records)
        return lease.ended if self._children[shard] else whole

    def _work(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        yield from getattr(self, f"_when_{run.stage}")(world, number, run)
        # In between a renewal says what the last one said, so it need not be looked at again.
        if run.stage in {"idle", "publish", "late"} or run.done > run.start:
            yield from self._renew(world, number, run)
        if world.faults:
            yield "is killed", put_run(world, number, None)._replace(faults=world.faults - 1)

    def _when_idle(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        records = self._story.shards[run.shard].records
        for upto in range(run.done + 1, min(run.done + READ_LIMIT, len(records)) + 1):
            read = run._replace(start=run.done, upto=upto, stage="read", seen=world.states)
            if not self.holds("checkpoint: only over what is done"):
                read = read._replace(done=upto)
            yield f"reads up to {upto}", put_run(world, number, read)
        if run.done == len(records):
            yield from self._end(world, number, run)
        yield from self._release(world, number, run)

    def _when_read(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        """Quarantine poison records, plan the commit of every shipment, and put its plain rows."""
        poison = self._poison(run) - world.quarantined
        if poison and self.holds("quarantine: the row before it is done"):
            yield "sets aside", world._replace(quarantined=world.quarantined | poison)
            return
        if run.upto == len(self._story.shards[run.shard].records) and not self.holds("end: all is committed"):
            yield from self._end(world, number, run._replace(done=run.upto))
        plans, waiting = self._plan(world, run)
        recording = run._replace(stage="record", plans=plans, waiting=waiting, seen=())
        if self.holds("rows: before the state"):
            if not self.holds("rows: a duplicate does not skip the state"):
                plans = tuple(one for one in plans if not any(world.rows[event] for event in one.rows))
                recording = recording._replace(plans=plans)
            world = put_rows(
                self._note_rows(world, run, recording.plans),
                [event for one in recording.plans for event in one.rows],
            )
        yield "plans and puts rows", put_run(world, number, recording)

    def _when_record(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        """Write the state of one shipment, with its rows with a change; after a conflict plan again."""
        if not run.plans:
            yield "is done", self._finish(world, number, run)
            return
        step, rest = run.plans[0], run.plans[1:]
        if step.after == step.before:
            yield "moves nothing", put_run(world, number, run._replace(plans=rest))
            return
        after = write_state(self.holds, world, step)
        if after is None and self.holds("state: what lost is folded again"):
            yield "lost", put_run(world, number, run._replace(stage="read", plans=(), seen=world.states))
        elif after is None:
            yield "lost and goes on", put_run(world, number, run._replace(plans=rest))
        elif self.holds("rows: before the state") and self.holds("change: in one transaction with the state"):
            recorded = record_changes(self._note_commit(after, run.shard), step.telling)
            waiting = run.waiting | set(step.telling)
            yield "moves the state", put_run(recorded, number, run._replace(plans=rest, waiting=waiting))
        else:
            moved = self._note_commit(after, run.shard)
            yield "moves the state alone", put_run(moved, number, run._replace(stage="put_rows"))

    def _when_put_rows(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        """Put the rows after the state; only where a guard is missing."""
        step, rest = run.plans[0], run.plans[1:]
        recorded = record_changes(put_rows(world, step.rows), step.telling)
        recording = run._replace(stage="record", plans=rest, waiting=run.waiting | set(step.telling))
        yield "puts the rows", put_run(recorded, number, recording)

    def _when_publish(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        published = self._publish(world, run.waiting)
        yield "publishes", put_run(published, number, run._replace(stage="unmark"))
        if self.holds("publish: unmarked only once the bus took it"):
            yield "finds the bus down", put_run(world, number, rest(run))
        else:
            yield "finds the bus down", put_run(world, number, run._replace(stage="unmark"))

    def _when_unmark(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        yield "unmarks", put_run(unmark(world, run.waiting), number, rest(run))

    def _when_late(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        """Quarantine after the checkpoint; only where a guard is missing."""
        kept = world._replace(quarantined=world.quarantined | self._poison(run))
        yield "sets aside too late", put_run(kept, number, rest(run))

    def _finish(self, world: World, number: int, run: ShardConsumer) -> World:
        late = self._poison(run) - world.quarantined
        done = run._replace(done=run.upto, plans=())
        if late:
            return put_run(world, number, done._replace(stage="late"))
        return put_run(world, number, done._replace(stage="publish") if run.waiting else rest(done))

    def _batch(self, run: ShardConsumer) -> Iterator[tuple[int, Record]]:
        records = self._story.shards[run.shard].records
        return ((index, records[index]) for index in range(run.start, run.upto))

    def _poison(self, run: ShardConsumer) -> set[tuple[int, int]]:
        return {(run.shard, index) for index, record in self._batch(run) if record.kind == "poison"}

    def _plan(self, world: World, run: ShardConsumer) -> tuple[tuple[Plan, ...], frozenset[int]]:
        shard = self._story.shards[run.shard]
        batch = [(shard.first + index, record) for index, record in self._batch(run)]
        plans, waiting = [], set(run.waiting)
        for shipment in sorted({record.shipment for _, record in batch if record.kind != "poison"}):
            step, repeats = plan(self.holds, world, shard, batch, run.seen[shipment], shipment)
            plans += [step] if step else []
            if self.holds("publish: a replay gives back what is pending"):
                waiting |= {event for event in repeats if (row := world.rows[event]) and row.pending}
        return tuple(plans), frozenset(waiting)

    def _renew(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        message = Sent(run.shard, number, run.epoch, run.done)
        written = self._write(world, message)
        if written is None:
            yield "learns that its lease is lost", put_run(world, number, None)
        elif written != world:
            yield f"renews with {run.done} done", written
        if world.delayed and world.sent is None:
            yield "renews, and the network keeps it", world._replace(sent=message, delayed=world.delayed - 1)

    def _write(self, world: World, sent: Sent, **fields: object) -> World | None:
        """Apply a renewal, release or end; None if a condition does not hold."""
        lease = world.leases[sent.shard]
        if lease is None:
            return None
        if self.holds("renew: owner is me") and lease.owner != sent.owner:
            return None
        if self.holds("renew: epoch is mine") and lease.epoch != sent.epoch:
            return None
        if self.holds("renew: the checkpoint does not step back") and lease.checkpoint > sent.checkpoint:
            return None
        changed = lease._replace(checkpoint=sent.checkpoint, **fields)
        return world._replace(
            leases=replace_at(world.leases, sent.shard, changed),
            writers=replace_at(world.writers, sent.shard, (sent.epoch, sent.owner)),
            broken=world.broken or judge_write(world, sent),
        )

    def _release(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        written = self._write(world, Sent(run.shard, number, run.epoch, run.done), owner=NOBODY)
        at_end = not self._children[run.shard] and run.done == len(self._story.shards[run.shard].records)
        if written is not None and (at_end or world.faults):
            # A drain in the middle is a crash with good manners, and counted as one to keep the search small.
            faults = world.faults if at_end else world.faults - 1
            yield "releases", put_run(written, number, None)._replace(faults=faults)

    def _end(self, world: World, number: int, run: ShardConsumer) -> Iterator[tuple[str, World]]:
        children = self._children[run.shard]
        missing = [child for child in children if world.leases[child] is None]
        if missing and self.holds("end: the children's rows come first"):
            yield "adds the children's rows", self._add_rows(world, missing)
        elif children:
            written = self._write(
                world, Sent(run.shard, number, run.epoch, run.done), owner=NOBODY, ended=True
            )
            if written is not None:
                yield "ends the shard", put_run(written, number, None)

    def _add_rows(self, world: World, shards: list[int]) -> World:
        leases = (Lease() if shard in shards else lease for shard, lease in enumerate(world.leases))
        return world._replace(leases=tuple(leases))

    def _surroundings(self, world: World) -> Iterator[tuple[str, World]]:
        if world.sent is not None:
            landed = self._write(world, world.sent) or world
            yield "the late renewal lands", landed._replace(sent=None)
        if world.deletions and world.leases[0] is not None:
            yield (
                "somebody deletes the lease's row, the audit puts it back",
                world._replace(
                    leases=replace_at(world.leases, 0, Lease()),
                    writers=replace_at(world.writers, 0, (0, NOBODY)),
                    deletions=0,
                ),
            )
        missing = [shard for shard, lease in enumerate(world.leases) if lease is None]
        if missing and self.holds("children: the audit adds what is missing") and self._listed(world):
            yield "the audit adds rows", self._add_rows(world, missing)
        pending = frozenset(event for event, row in enumerate(world.rows) if row and row.pending)
        if pending and self.holds("publish: the sweeper"):
            yield "the sweeper publishes", unmark(self._publish(world, pending), pending)

    def _listed(self, world: World) -> bool:
        """Return whether the stream is split; its children are listed from then on."""
        return any(self._children[shard] for shard in range(len(world.leases)))

    def _publish(self, world: World, events: frozenset[int]) -> World:
        """Publish changes; the listener acts on them at once."""
        effects = list(world.effects)
        for event in events:
            claimed = effects[event] and self.holds("deliver: each change is claimed")
            effects[event] += 0 if claimed else 1
        return world._replace(effects=tuple(effects))

    def _note_commit(self, world: World, shard: int) -> World:
        late = any(child in world.committed for child in self._children[shard])
        broken = world.broken or ("I6: a parent committed after its child" if late else "")
        return world._replace(committed=world.committed | {shard}, broken=broken)

    def _note_rows(self, world: World, run: ShardConsumer, plans: tuple[Plan, ...]) -> World:
        new = any(world.rows[event] is None for one in plans for event in one.rows)
        return self._note_commit(world, run.shard) if new else world
