"""Model of the lease protocol: two lease renewers, one shard, clocks, pauses, partitions and stuck loops.

A tick is the period of one renewal. The constants keep the product's order: an owner is fenced before a
watcher may treat its lease as expired. The model checks that a lease never has two owners, that a halted
shard is never taken, and that a shard can always be taken over. `protocol.py` shows that the data stays
right even if a shard has two owners.
"""

from collections.abc import Iterator
from typing import NamedTuple

EXPIRES_AFTER = 3
FENCE_AFTER = 2
WEDGED_AFTER = 1
LONG_AGO = 4


class Row(NamedTuple):
    """Row of the lease table; owner -1 means that the lease is free."""

    owner: int = -1
    epoch: int = 0
    halted: bool = False


class Observation(NamedTuple):
    """Lease as a renewer last read it, and the heartbeats written since (2 means two or more)."""

    owner: int
    epoch: int
    missed: int = 0


class LeaseRenewer(NamedTuple):
    """State of one process: its lease, and the row it observes. Ages are in ticks.

    `held_epoch` is the epoch of its lease, 0 for none. `age` counts from the last renewal, `ticked` from the
    last tick of the consumer's loop, `unchanged_for` from the last change of the observed row.
    """

    held_epoch: int = 0
    age: int = 0
    ticked: int = 0
    observed: Observation | None = None
    unchanged_for: int = 0
    # A call in flight: "renew" or "take", its age in ticks, and its result (None until it is executed).
    call: tuple[str, int, bool | None] | None = None
    paused: bool = False
    wedged: bool = False
    cut: bool = False
    dead: bool = False


class World(NamedTuple):
    """State of the whole model, with the numbers of faults and takes that are still allowed."""

    row: Row = Row()
    renewers: tuple[LeaseRenewer, LeaseRenewer] = (LeaseRenewer(), LeaseRenewer())
    faults: int = 1
    takes: int = 2
    broken: str = ""


Transitions = Iterator[tuple[str, World]]


class LeaseModel:
    """All steps of the protocol, without the guards in `without`."""

    def __init__(self, without: frozenset[str] = frozenset()) -> None:
        self._without = without

    def steps(self, world: World) -> Transitions:
        """Yield every possible next step: its label and the state after it."""
        if self._may_tick(world):
            yield "a tick passes", world._replace(renewers=tuple(map(_age_one_tick, world.renewers)))
        if world.faults:
            halted = world.row._replace(halted=True, owner=-1)
            renewers = tuple(renewer._replace(held_epoch=0, call=None) for renewer in world.renewers)
            yield (
                "the shard is halted",
                world._replace(row=halted, renewers=renewers, faults=world.faults - 1),
            )
        for number, renewer in enumerate(world.renewers):
            for label, changed in self._steps_of(world, number, renewer):
                yield f"{'AB'[number]} {label}", changed

    def find_broken(self, world: World) -> str:
        """Return the property that this state violates; empty for none."""
        owners = [renewer for renewer in world.renewers if self._is_held(renewer) and not renewer.paused]
        return world.broken or ("two owners at once" if len(owners) > 1 else "")

    def is_goal(self, world: World) -> bool:
        """Return whether the shard is halted or has a working owner, or no process may take it any more."""
        at_work = any(self._is_held(renewer) and _is_working(renewer) for renewer in world.renewers)
        return (
            world.row.halted or at_work or not world.takes or all(renewer.dead for renewer in world.renewers)
        )

    def _has_guard(self, guard: str) -> bool:
        return guard not in self._without

    def _is_held(self, renewer: LeaseRenewer) -> bool:
        """Model `HeldLease.is_held`."""
        fresh = renewer.age < FENCE_AFTER or not self._has_guard("fence: the owner stops first")
        return bool(renewer.held_epoch) and fresh and not renewer.dead

    def _may_renew(self, renewer: LeaseRenewer) -> bool:
        """Model `HeldLease.renew`: the lease of a stuck loop is not renewed."""
        ticked = renewer.ticked <= WEDGED_AFTER or not self._has_guard("renew: only after a tick")
        return bool(renewer.held_epoch) and ticked and not (renewer.paused or renewer.cut or renewer.dead)

    def _may_tick(self, world: World) -> bool:
        """Return whether time may pass: no renewer that can renew and no loop that can tick is overdue."""
        return not any(
            (self._may_renew(renewer) and renewer.age > 0 and renewer.call is None)
            or (renewer.held_epoch and _is_working(renewer) and renewer.ticked > 0)
            or (renewer.call is not None and renewer.call[1] >= 1 and not (renewer.paused or renewer.dead))
            for renewer in world.renewers
        )

    def _steps_of(self, world: World, number: int, renewer: LeaseRenewer) -> Transitions:
        yield from _inject_faults(world, number, renewer)
        if renewer.paused or renewer.dead:
            # A call that was sent before the pause is still executed.
            if renewer.call and renewer.call[2] is None:
                yield from self._land(world, number, renewer)
            return
        if renewer.held_epoch and not renewer.wedged and renewer.ticked:
            yield "ticks", _replace_renewer(world, number, renewer._replace(ticked=0))
        if renewer.call is not None:
            yield from self._land(world, number, renewer) if renewer.call[2] is None else ()
            yield from self._receive_answer(world, number, renewer) if renewer.call[2] is not None else ()
            return
        if self._may_renew(renewer) and renewer.age:
            yield (
                "sends a renewal",
                _replace_renewer(world, number, renewer._replace(call=("renew", 0, None))),
            )
        yield from self._observe(world, number, renewer)
        if self._may_take(world, renewer):
            yield "sends a take", _replace_renewer(world, number, renewer._replace(call=("take", 0, None)))

    def _observe(self, world: World, number: int, renewer: LeaseRenewer) -> Transitions:
        observed = Observation(world.row.owner, world.row.epoch)
        if not renewer.cut and not renewer.held_epoch and renewer.observed != observed:
            yield (
                "reads the row",
                _replace_renewer(world, number, renewer._replace(observed=observed, unchanged_for=0)),
            )

    def _may_take(self, world: World, renewer: LeaseRenewer) -> bool:
        """Model `LeaseWatch`: a free lease at once, an unchanged one after a time on the watcher's clock."""
        if renewer.held_epoch or renewer.cut or renewer.observed is None or not world.takes:
            return False
        is_guarded = self._has_guard("expiry: unchanged on the watcher's clock")
        is_expired = renewer.unchanged_for >= EXPIRES_AFTER or not is_guarded
        return renewer.observed.owner == -1 or is_expired

    def _land(self, world: World, number: int, renewer: LeaseRenewer) -> Transitions:
        """Execute a call in the table, which accepts or refuses it."""
        assert renewer.call is not None
        kind, sent, _ = renewer.call
        row = self._try_take(world, number) if kind == "take" else self._try_renew(world, number)
        landed = _replace_renewer(world, number, renewer._replace(call=(kind, sent, row is not None)))
        landed = _count_heartbeat(landed) if row is not None else landed
        if row is None:
            yield f"'s {kind} is refused", landed
            return
        broken = "a halted shard was taken" if kind == "take" and world.row.halted else ""
        takes = world.takes - (kind == "take")
        yield f"'s {kind} succeeds", landed._replace(row=row, broken=broken, takes=takes)

    def _try_take(self, world: World, number: int) -> Row | None:
        """Return the row after a take, or None if it is refused: the conditions of `LeaseTable.take`."""
        row, observed = world.row, world.renewers[number].observed
        assert observed is not None
        if self._has_guard("take: epoch as observed") and row.epoch != observed.epoch:
            return None
        if self._has_guard("take: heartbeat as observed") and observed.missed:
            return None
        if self._has_guard("take: phase is open") and row.halted:
            return None
        # The adapter sets values too; it does not increment them.
        return row._replace(owner=number, epoch=observed.epoch + 1)

    def _try_renew(self, world: World, number: int) -> Row | None:
        """Return the row after a renewal, or None if it is refused: the conditions of `LeaseTable.renew`."""
        row = world.row
        ours = (row.owner, row.epoch) == (number, world.renewers[number].held_epoch)
        if self._has_guard("renew: still the owner") and not ours:
            return None
        return row

    def _receive_answer(self, world: World, number: int, renewer: LeaseRenewer) -> Transitions:
        """Receive the answer to a call; the age of the lease counts from the sending of the call."""
        assert renewer.call is not None
        kind, sent, success = renewer.call
        if not success:
            yield f"learns that its {kind} was refused", _replace_renewer(world, number, _drop_lease(renewer))
            return
        sent_guard = f"fence: counted from before the {'take' if kind == 'take' else 'renewal'} was sent"
        age = sent if self._has_guard(sent_guard) else 0
        held_epoch = renewer.observed.epoch + 1 if kind == "take" and renewer.observed else renewer.held_epoch
        ticked = 0 if kind == "take" else renewer.ticked
        held = renewer._replace(
            held_epoch=held_epoch, age=age, ticked=ticked, call=None, observed=None, unchanged_for=0
        )
        yield f"learns that its {kind} succeeded", _replace_renewer(world, number, held)


def _inject_faults(world: World, number: int, renewer: LeaseRenewer) -> Transitions:
    """Yield the faults that a renewer may still suffer, and the end of a pause."""
    if world.faults and not renewer.dead:
        faulted = world._replace(faults=world.faults - 1)
        yield "is paused", _replace_renewer(faulted, number, renewer._replace(paused=True))
        yield "is killed", _replace_renewer(faulted, number, renewer._replace(dead=True))
        yield "is cut off from the table", _replace_renewer(faulted, number, renewer._replace(cut=True))
        yield "gets stuck in its loop", _replace_renewer(faulted, number, renewer._replace(wedged=True))
    if renewer.paused:
        yield "wakes", _replace_renewer(world, number, renewer._replace(paused=False))


def _count_heartbeat(world: World) -> World:
    """Count one heartbeat as missed for every renewer that read the row before."""
    first, second = (
        renewer._replace(observed=renewer.observed._replace(missed=min(renewer.observed.missed + 1, 2)))
        if renewer.observed
        else renewer
        for renewer in world.renewers
    )
    return world._replace(renewers=(first, second))


def _is_working(renewer: LeaseRenewer) -> bool:
    return not (renewer.paused or renewer.wedged or renewer.dead or renewer.cut)


def _drop_lease(renewer: LeaseRenewer) -> LeaseRenewer:
    return renewer._replace(held_epoch=0, age=0, ticked=0, observed=None, unchanged_for=0, call=None)


def _age_one_tick(renewer: LeaseRenewer) -> LeaseRenewer:
    call = renewer.call and (renewer.call[0], min(renewer.call[1] + 1, LONG_AGO), renewer.call[2])
    return renewer._replace(
        age=min(renewer.age + 1, LONG_AGO) if renewer.held_epoch else 0,
        ticked=min(renewer.ticked + 1, LONG_AGO) if renewer.held_epoch else 0,
        unchanged_for=min(renewer.unchanged_for + 1, LONG_AGO) if renewer.observed else 0,
        call=call,
    )


def _replace_renewer(world: World, number: int, renewer: LeaseRenewer) -> World:
    renewers = (renewer, world.renewers[1]) if number == 0 else (world.renewers[0], renewer)
    return world._replace(renewers=renewers)
