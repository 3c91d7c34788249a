"""Model of the lease protocol: two lease renewers, one shard, their clocks, pauses, cuts and stuck loops.

A tick is one renewal. The policies keep the product's order: an owner fences itself before a watcher may call
its lease expired. Checked are the properties of a lease: no two owners at once, no owner of a halted shard,
no shard that can never be taken over. The other model (`protocol.py`) checks that recorded facts stay correct
even if a lease fails.
"""

from collections.abc import Iterator
from typing import NamedTuple

EXPIRES_AFTER = 3
FENCE_AFTER = 2
WEDGED_AFTER = 1
LONG_AGO = 4

GUARDS = (
    "take: heartbeat as seen",
    "take: epoch as seen",
    "take: phase is open",
    "expiry: stood still on the watcher's clock",
    "fence: the owner stops first",
    "fence: counted from before the renewal was sent",
    "fence: counted from before the take was sent",
    "renew: only who ticked",
    "renew: still the owner",
)


class Row(NamedTuple):
    """Lease in the table; owner -1 means none."""

    owner: int = -1
    epoch: int = 0
    halted: bool = False


class Sight(NamedTuple):
    """Lease as a lease renewer last read it, and the number of heartbeats since (2 stands for more)."""

    owner: int
    epoch: int
    missed: int = 0


class LeaseRenewer(NamedTuple):
    """Lease renewer of one process: its lease, the age of its renewal, and its observation of the row."""

    holds: int = 0
    age: int = 0
    ticked: int = 0
    seen: Sight | None = None
    stood: int = 0
    # Call in flight: ("renew" or "take", ticks since it was sent, whether the table has accepted it).
    call: tuple[str, int, bool | None] | None = None
    paused: bool = False
    wedged: bool = False
    cut: bool = False
    dead: bool = False


class World(NamedTuple):
    """Whole state of the model, with the faults that are left."""

    row: Row = Row()
    renewers: tuple[LeaseRenewer, LeaseRenewer] = (LeaseRenewer(), LeaseRenewer())
    faults: int = 1
    takes: int = 2
    broken: str = ""


class LeaseModel:
    """Protocol of leases, without the guards in `without`."""

    def __init__(self, without: frozenset[str] = frozenset()) -> None:
        self._without = without

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Yield every step that is possible, with the world after it."""
        if self._may_pass(world):
            yield "a tick passes", world._replace(renewers=tuple(map(_grow_older, world.renewers)))
        if world.faults:
            halted = world.row._replace(halted=True, owner=-1)
            renewers = tuple(renewer._replace(holds=0, call=None) for renewer in world.renewers)
            yield (
                "the shard is halted",
                world._replace(row=halted, renewers=renewers, faults=world.faults - 1),
            )
        for number, renewer in enumerate(world.renewers):
            for label, changed in self._steps_of(world, number, renewer):
                yield f"{'AB'[number]} {label}", changed

    def find_broken(self, world: World) -> str:
        """Return the property that does not hold in this world; empty if all hold."""
        owners = [renewer for renewer in world.renewers if self._is_held(renewer) and not renewer.paused]
        return world.broken or ("two owners at once" if len(owners) > 1 else "")

    def is_goal(self, world: World) -> bool:
        """Return whether the shard is halted, has an owner that works, or no process is left to take it."""
        at_work = any(self._is_held(renewer) and _works(renewer) for renewer in world.renewers)
        return (
            world.row.halted or at_work or not world.takes or all(renewer.dead for renewer in world.renewers)
        )

    def _holds(self, guard: str) -> bool:
        return guard not in self._without

    def _is_held(self, renewer: LeaseRenewer) -> bool:
        """Like `HeldLease.hold`."""
        fresh = renewer.age < FENCE_AFTER or not self._holds("fence: the owner stops first")
        return bool(renewer.holds) and fresh and not renewer.dead

    def _may_renew(self, renewer: LeaseRenewer) -> bool:
        """Like `HeldLease.prepare_renewal`: the lease of a stuck holder is not renewed."""
        ticked = renewer.ticked <= WEDGED_AFTER or not self._holds("renew: only who ticked")
        return bool(renewer.holds) and ticked and not (renewer.paused or renewer.cut or renewer.dead)

    def _may_pass(self, world: World) -> bool:
        """Return whether time may pass: all that can renew or tick have done so."""
        return not any(
            (self._may_renew(renewer) and renewer.age > 0 and renewer.call is None)
            or (renewer.holds and _works(renewer) and renewer.ticked > 0)
            or (renewer.call is not None and renewer.call[1] >= 1 and not (renewer.paused or renewer.dead))
            for renewer in world.renewers
        )

    def _steps_of(self, world: World, number: int, renewer: LeaseRenewer) -> Iterator[tuple[str, World]]:
        yield from _suffer(world, number, renewer)
        if renewer.paused or renewer.dead:
            # A call that was sent before the pause still reaches the table.
            if renewer.call and renewer.call[2] is None:
                yield from self._land(world, number, renewer)
            return
        if renewer.holds and not renewer.wedged and renewer.ticked:
            yield "ticks", _put(world, number, renewer._replace(ticked=0))
        if renewer.call is not None:
            yield from self._land(world, number, renewer) if renewer.call[2] is None else ()
            yield from self._answer(world, number, renewer) if renewer.call[2] is not None else ()
            return
        if self._may_renew(renewer) and renewer.age:
            yield "sends a renewal", _put(world, number, renewer._replace(call=("renew", 0, None)))
        yield from self._look(world, number, renewer)
        if self._may_take(world, renewer):
            yield "sends a take", _put(world, number, renewer._replace(call=("take", 0, None)))

    def _look(self, world: World, number: int, renewer: LeaseRenewer) -> Iterator[tuple[str, World]]:
        seen = Sight(world.row.owner, world.row.epoch)
        if not renewer.cut and not renewer.holds and renewer.seen != seen:
            yield "looks", _put(world, number, renewer._replace(seen=seen, stood=0))

    def _may_take(self, world: World, renewer: LeaseRenewer) -> bool:
        """Like `LeaseWatch`: a free lease at once, an unchanged one after a while by the watcher's clock."""
        if renewer.holds or renewer.cut or renewer.seen is None or not world.takes:
            return False
        still = renewer.stood >= EXPIRES_AFTER or not self._holds(
            "expiry: stood still on the watcher's clock"
        )
        return renewer.seen.owner == -1 or still

    def _land(self, world: World, number: int, renewer: LeaseRenewer) -> Iterator[tuple[str, World]]:
        """Apply a call to the table."""
        assert renewer.call is not None
        kind, sent, _ = renewer.call
        row = self._try_take(world, number) if kind == "take" else self._try_renew(world, number)
        landed = _put(world, number, renewer._replace(call=(kind, sent, row is not None)))
        landed = _beat(landed) if row is not None else landed
        if row is None:
            yield f"'s {kind} is refused", landed
            return
        broken = "a halted shard was taken" if kind == "take" and world.row.halted else ""
        takes = world.takes - (kind == "take")
        yield f"'s {kind} lands", landed._replace(row=row, broken=broken, takes=takes)

    def _try_take(self, world: World, number: int) -> Row | None:
        """Return the row after a take, or None: the conditions of `LeaseTable.take`."""
        row, seen = world.row, world.renewers[number].seen
        assert seen is not None
        if self._holds("take: epoch as seen") and row.epoch != seen.epoch:
            return None
        if self._holds("take: heartbeat as seen") and seen.missed:
            return None
        if self._holds("take: phase is open") and row.halted:
            return None
        # Values are set, not added, as the adapter sets them.
        return row._replace(owner=number, epoch=seen.epoch + 1)

    def _try_renew(self, world: World, number: int) -> Row | None:
        """Return the row after a renewal, or None: the conditions of `LeaseTable.renew_all`."""
        row = world.row
        ours = (row.owner, row.epoch) == (number, world.renewers[number].holds)
        if self._holds("renew: still the owner") and not ours:
            return None
        return row

    def _answer(self, world: World, number: int, renewer: LeaseRenewer) -> Iterator[tuple[str, World]]:
        """Receive the answer to a call: the age of the lease counts from when the call was sent."""
        assert renewer.call is not None
        kind, sent, success = renewer.call
        if not success:
            yield f"hears that its {kind} was refused", _put(world, number, _forget(renewer))
            return
        sent_guard = f"fence: counted from before the {'take' if kind == 'take' else 'renewal'} was sent"
        age = sent if self._holds(sent_guard) else 0
        holds = renewer.seen.epoch + 1 if kind == "take" and renewer.seen else renewer.holds
        ticked = 0 if kind == "take" else renewer.ticked
        held = renewer._replace(holds=holds, age=age, ticked=ticked, call=None, seen=None, stood=0)
        yield f"hears that its {kind} landed", _put(world, number, held)


def _suffer(world: World, number: int, renewer: LeaseRenewer) -> Iterator[tuple[str, World]]:
    """Faults of a lease renewer, one at a time, and their ends."""
    if world.faults and not renewer.dead:
        hurt = world._replace(faults=world.faults - 1)
        yield "is paused", _put(hurt, number, renewer._replace(paused=True))
        yield "is killed", _put(hurt, number, renewer._replace(dead=True))
        yield "is cut off from the table", _put(hurt, number, renewer._replace(cut=True))
        yield "gets stuck in its loop", _put(hurt, number, renewer._replace(wedged=True))
    if renewer.paused:
        yield "wakes", _put(world, number, renewer._replace(paused=False))


def _beat(world: World) -> World:
    """Increment the heartbeat, which earlier observations have missed."""
    first, second = (
        renewer._replace(seen=renewer.seen._replace(missed=min(renewer.seen.missed + 1, 2)))
        if renewer.seen
        else renewer
        for renewer in world.renewers
    )
    return world._replace(renewers=(first, second))


def _works(renewer: LeaseRenewer) -> bool:
    return not (renewer.paused or renewer.wedged or renewer.dead or renewer.cut)


def _forget(renewer: LeaseRenewer) -> LeaseRenewer:
    return renewer._replace(holds=0, age=0, ticked=0, seen=None, stood=0, call=None)


def _grow_older(renewer: LeaseRenewer) -> LeaseRenewer:
    call = renewer.call and (renewer.call[0], min(renewer.call[1] + 1, LONG_AGO), renewer.call[2])
    return renewer._replace(
        age=min(renewer.age + 1, LONG_AGO) if renewer.holds else 0,
        ticked=min(renewer.ticked + 1, LONG_AGO) if renewer.holds else 0,
        stood=min(renewer.stood + 1, LONG_AGO) if renewer.seen else 0,
        call=call,
    )


def _put(world: World, number: int, renewer: LeaseRenewer) -> World:
    renewers = (renewer, world.renewers[1]) if number == 0 else (world.renewers[0], renewer)
    return world._replace(renewers=renewers)
