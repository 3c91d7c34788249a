"""The lease protocol as a model: two keepers, one shard, their clocks, pauses, cuts and stuck loops.

A tick is one renewal. The policies keep the product's order: an owner fences itself before a watcher may call
its lease expired. What is checked is the courtesy a lease owes: no two owners at once, nobody on a shard that
was halted, no shard that nobody can ever take over. That facts stay right even where the courtesy fails is
the other model's business (`protocol.py`).
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
    """The lease as the table has it; owner -1 is nobody."""

    owner: int = -1
    epoch: int = 0
    halted: bool = False


class Sight(NamedTuple):
    """A lease as a keeper saw it, and how many heartbeats it has missed since (2 stands for more)."""

    owner: int
    epoch: int
    missed: int = 0


class LeaseRenewer(NamedTuple):
    """One process: what it holds, how long ago it renewed, what it has seen of the row and for how long."""

    holds: int = 0
    age: int = 0
    ticked: int = 0
    seen: Sight | None = None
    stood: int = 0
    # A call on its way: ("renew" or "take", how long ago it was sent, whether it has landed with success).
    call: tuple[str, int, bool | None] | None = None
    paused: bool = False
    wedged: bool = False
    cut: bool = False
    dead: bool = False


class World(NamedTuple):
    """Everything, with what may still go wrong in it."""

    row: Row = Row()
    keepers: tuple[LeaseRenewer, LeaseRenewer] = (LeaseRenewer(), LeaseRenewer())
    faults: int = 1
    takes: int = 2
    broken: str = ""


class LeaseModel:
    """Every step of the protocol, with the guards in `without` taken out."""

    def __init__(self, without: frozenset[str] = frozenset()) -> None:
        self._without = without

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """All that may happen next."""
        if self._may_pass(world):
            yield "a tick passes", world._replace(keepers=tuple(map(_grow_older, world.keepers)))
        if world.faults:
            halted = world.row._replace(halted=True, owner=-1)
            keepers = tuple(keeper._replace(holds=0, call=None) for keeper in world.keepers)
            yield "the shard is halted", world._replace(row=halted, keepers=keepers, faults=world.faults - 1)
        for number, keeper in enumerate(world.keepers):
            for label, changed in self._steps_of(world, number, keeper):
                yield f"{'AB'[number]} {label}", changed

    def find_broken(self, world: World) -> str:
        """Which courtesy this world lacks; empty for none."""
        owners = [keeper for keeper in world.keepers if self._is_held(keeper) and not keeper.paused]
        return world.broken or ("two owners at once" if len(owners) > 1 else "")

    def is_goal(self, world: World) -> bool:
        """Halted, or in the hands of an owner that works, or nobody is left to take it."""
        at_work = any(self._is_held(keeper) and _works(keeper) for keeper in world.keepers)
        return world.row.halted or at_work or not world.takes or all(keeper.dead for keeper in world.keepers)

    def _holds(self, guard: str) -> bool:
        return guard not in self._without

    def _is_held(self, keeper: LeaseRenewer) -> bool:
        """As `HeldLease.is_held`."""
        fresh = keeper.age < FENCE_AFTER or not self._holds("fence: the owner stops first")
        return bool(keeper.holds) and fresh and not keeper.dead

    def _may_renew(self, keeper: LeaseRenewer) -> bool:
        """As `HeldLease.renew`: a holder that is stuck is not renewed."""
        ticked = keeper.ticked <= WEDGED_AFTER or not self._holds("renew: only who ticked")
        return bool(keeper.holds) and ticked and not (keeper.paused or keeper.cut or keeper.dead)

    def _may_pass(self, world: World) -> bool:
        """Time waits for keepers that can renew and have not, and for loops that can tick and have not."""
        return not any(
            (self._may_renew(keeper) and keeper.age > 0 and keeper.call is None)
            or (keeper.holds and _works(keeper) and keeper.ticked > 0)
            or (keeper.call is not None and keeper.call[1] >= 1 and not (keeper.paused or keeper.dead))
            for keeper in world.keepers
        )

    def _steps_of(self, world: World, number: int, keeper: LeaseRenewer) -> Iterator[tuple[str, World]]:
        yield from _suffer(world, number, keeper)
        if keeper.paused or keeper.dead:
            # What was sent before the pause still lands.
            if keeper.call and keeper.call[2] is None:
                yield from self._land(world, number, keeper)
            return
        if keeper.holds and not keeper.wedged and keeper.ticked:
            yield "ticks", _put(world, number, keeper._replace(ticked=0))
        if keeper.call is not None:
            yield from self._land(world, number, keeper) if keeper.call[2] is None else ()
            yield from self._answer(world, number, keeper) if keeper.call[2] is not None else ()
            return
        if self._may_renew(keeper) and keeper.age:
            yield "sends a renewal", _put(world, number, keeper._replace(call=("renew", 0, None)))
        yield from self._look(world, number, keeper)
        if self._may_take(world, keeper):
            yield "sends a take", _put(world, number, keeper._replace(call=("take", 0, None)))

    def _look(self, world: World, number: int, keeper: LeaseRenewer) -> Iterator[tuple[str, World]]:
        seen = Sight(world.row.owner, world.row.epoch)
        if not keeper.cut and not keeper.holds and keeper.seen != seen:
            yield "looks", _put(world, number, keeper._replace(seen=seen, stood=0))

    def _may_take(self, world: World, keeper: LeaseRenewer) -> bool:
        """As `LeaseWatch`: what is free at once, what stands still after a while by the watcher's clock."""
        if keeper.holds or keeper.cut or keeper.seen is None or not world.takes:
            return False
        still = keeper.stood >= EXPIRES_AFTER or not self._holds("expiry: stood still on the watcher's clock")
        return keeper.seen.owner == -1 or still

    def _land(self, world: World, number: int, keeper: LeaseRenewer) -> Iterator[tuple[str, World]]:
        """The table decides about a call."""
        assert keeper.call is not None
        kind, sent, _ = keeper.call
        row = self._try_take(world, number) if kind == "take" else self._try_renew(world, number)
        landed = _put(world, number, keeper._replace(call=(kind, sent, row is not None)))
        landed = _beat(landed) if row is not None else landed
        if row is None:
            yield f"'s {kind} is refused", landed
            return
        broken = "a halted shard was taken" if kind == "take" and world.row.halted else ""
        takes = world.takes - (kind == "take")
        yield f"'s {kind} lands", landed._replace(row=row, broken=broken, takes=takes)

    def _try_take(self, world: World, number: int) -> Row | None:
        """The row after a take, or None: the conditions of `LeaseTable.take`."""
        row, seen = world.row, world.keepers[number].seen
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
        """The row after a renewal, or None: the conditions of `LeaseTable.renew`."""
        row = world.row
        ours = (row.owner, row.epoch) == (number, world.keepers[number].holds)
        if self._holds("renew: still the owner") and not ours:
            return None
        return row

    def _answer(self, world: World, number: int, keeper: LeaseRenewer) -> Iterator[tuple[str, World]]:
        """The answer to a call arrives: the age of what is held counts from when the call was sent."""
        assert keeper.call is not None
        kind, sent, success = keeper.call
        if not success:
            yield f"hears that its {kind} was refused", _put(world, number, _forget(keeper))
            return
        sent_guard = f"fence: counted from before the {'take' if kind == 'take' else 'renewal'} was sent"
        age = sent if self._holds(sent_guard) else 0
        holds = keeper.seen.epoch + 1 if kind == "take" and keeper.seen else keeper.holds
        ticked = 0 if kind == "take" else keeper.ticked
        held = keeper._replace(holds=holds, age=age, ticked=ticked, call=None, seen=None, stood=0)
        yield f"hears that its {kind} landed", _put(world, number, held)


def _suffer(world: World, number: int, keeper: LeaseRenewer) -> Iterator[tuple[str, World]]:
    """What may go wrong with a keeper, once, and how it passes."""
    if world.faults and not keeper.dead:
        hurt = world._replace(faults=world.faults - 1)
        yield "is paused", _put(hurt, number, keeper._replace(paused=True))
        yield "is killed", _put(hurt, number, keeper._replace(dead=True))
        yield "is cut off from the table", _put(hurt, number, keeper._replace(cut=True))
        yield "gets stuck in its loop", _put(hurt, number, keeper._replace(wedged=True))
    if keeper.paused:
        yield "wakes", _put(world, number, keeper._replace(paused=False))


def _beat(world: World) -> World:
    """One heartbeat more, which whoever has looked before has missed."""
    first, second = (
        keeper._replace(seen=keeper.seen._replace(missed=min(keeper.seen.missed + 1, 2)))
        if keeper.seen
        else keeper
        for keeper in world.keepers
    )
    return world._replace(keepers=(first, second))


def _works(keeper: LeaseRenewer) -> bool:
    return not (keeper.paused or keeper.wedged or keeper.dead or keeper.cut)


def _forget(keeper: LeaseRenewer) -> LeaseRenewer:
    return keeper._replace(holds=0, age=0, ticked=0, seen=None, stood=0, call=None)


def _grow_older(keeper: LeaseRenewer) -> LeaseRenewer:
    call = keeper.call and (keeper.call[0], min(keeper.call[1] + 1, LONG_AGO), keeper.call[2])
    return keeper._replace(
        age=min(keeper.age + 1, LONG_AGO) if keeper.holds else 0,
        ticked=min(keeper.ticked + 1, LONG_AGO) if keeper.holds else 0,
        stood=min(keeper.stood + 1, LONG_AGO) if keeper.seen else 0,
        call=call,
    )


def _put(world: World, number: int, keeper: LeaseRenewer) -> World:
    keepers = (keeper, world.keepers[1]) if number == 0 else (world.keepers[0], keeper)
    return world._replace(keepers=keepers)
