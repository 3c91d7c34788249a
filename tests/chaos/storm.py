"""The storm: one fault after the other, measured from the last commit before it to the first after it."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from laboratory.local.addresses import wait_until
from tests.chaos.commits import CommitLog, Committed
from tests.chaos.ledger import Ledger
from tests.chaos.stage import Actor, Stage
from workers.leases.ports import Lease

# What takes longer has not come back at all. How fast it did is in the report, and no matter of passing:
# on a busy machine a minute may go by.
RECOVERED_WITHIN_S = 120.0
# So long an owner is looked for whose shards are all being worked on; afterwards any owner will do.
WORKING_WITHIN_S = 40.0
# So that the next fault finds owners that have committed.
SETTLE_S = 1.5
# So many workers must be up before the next is hit; the others may still be starting.
ENOUGH_UP = 2
# A commit not older than this shows that a shard is being worked on.
FRESH_S = 1.0
PAUSED_S = (3.0, 20.0)
# What fits into a minute. Bad weather first: a message whose receipt it cut off comes again only after
# a minute, and meanwhile the others happen.
SHORT = ["KILL", "pause", "kill", "deploy"]
CUT_S = 8.0

Tell = Callable[[str], None]


@dataclass
class Toll:
    """What the storm has done, and what it cost."""

    faults: Counter[str] = field(default_factory=Counter)
    recovery_ms: list[float] = field(default_factory=list)
    bad_weather_recovery_ms: list[float] = field(default_factory=list)
    deploy_gap_ms: list[float] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


class StuckError(Exception):
    """Nobody works on the stream any more, for longer than any machine could be busy."""


class Storm:
    """Throws faults at a stage; from the main thread alone, since it starts processes."""

    def __init__(self, stage: Stage, ledger: Ledger, seed: int, tell: Tell) -> None:
        self._stage = stage
        self._ledger = ledger
        self._commits = CommitLog(stage.log, "shards-*.log")
        self._chance = random.Random(seed)
        self._tell = tell
        self.toll = Toll()

    def rage(self, faults: Iterable[str]) -> None:
        """One after the other; a name in capitals happens in bad weather."""
        for fault in faults:
            if self.toll.stuck:
                break
            name = fault.lower()
            self._set_weather(is_bad=fault.isupper())
            began_at = time.monotonic()
            try:
                getattr(self, f"_{name}")()
            except StuckError as error:
                self.toll.stuck.append(f"{fault}: {error}")
            self.toll.faults[name] += 1
            self._mend()
            self._tell(f"{fault} ({time.monotonic() - began_at:.1f} s)")
        self._set_weather(is_bad=False)

    def _set_weather(self, *, is_bad: bool) -> None:
        """Bad: a fifth of the calls throttled or in conflict, connections reset, all of it slow."""
        weather = self._stage.weather
        weather.latency_s = (0.005, 0.06) if is_bad else (0.0, 0.0)
        weather.throttles = weather.conflicts = 0.2 if is_bad else 0.0
        weather.resets = 0.01 if is_bad else 0.0

    def _kill(self) -> None:
        """`kill -9` of an owner: how long its shards stood still, and what had to be replayed."""
        actor, leases = self._choose_owner()
        killed_at = time.time()
        actor.send(signal.SIGKILL)
        durable = {lease.entry: int(lease.checkpoint_sequence or 0) for lease in self._stage.read_leases()}
        for lease, first in self._wait_for_successors(leases):
            last = self._commits.last_of(_shard(lease), lease.epoch)
            is_bad = self._stage.weather.throttles > 0
            times = self.toll.bad_weather_recovery_ms if is_bad else self.toll.recovery_ms
            times.append(1000 * (first.at - (last.at if last else killed_at)))
            upto = last.checkpoint if last else 0
            self.toll.replayed.append(
                self._ledger.count_between(_shard(lease), durable.get(lease.entry, 0), upto)
            )
        actor.start_again()

    def _deploy(self) -> None:
        """SIGTERM to an owner, as a deploy sends it: how long until its successors commit."""
        actor, leases = self._choose_owner()
        asked_at = time.time()
        actor.send(signal.SIGTERM)
        for _, first in self._wait_for_successors(leases):
            self.toll.deploy_gap_ms.append(1000 * (first.at - asked_at))
        actor.child.wait_or_kill(10.0)
        actor.start_again()

    def _pause(self) -> None:
        """SIGSTOP to an owner for a while: it wakes as one that still believes in its lease."""
        actor, _ = self._choose_owner()
        actor.send(signal.SIGSTOP)
        time.sleep(self._chance.uniform(*PAUSED_S))
        actor.send(signal.SIGCONT)

    def _cut(self) -> None:
        """Nothing of an owner reaches AWS for a while, nor is it told so."""
        actor, _ = self._choose_owner()
        actor.proxy.is_cut = True
        time.sleep(CUT_S)
        actor.proxy.is_cut = False

    def _restart_redis(self) -> None:
        self._stage.restart_service("redis")

    def _restart_aws(self) -> None:
        self._stage.restart_service("aws")

    def _choose_owner(self) -> tuple[Actor, list[Lease]]:
        """An owner and its leases: one that works, for one that stands still would be blamed for earlier."""
        found: list[tuple[Actor, list[Lease]]] = []

        def is_found(*, working: bool) -> bool:
            found[:] = [
                (actor, leases)
                for actor, leases in self._read_owners()
                if not working or all(map(self._is_working, leases))
            ]
            return bool(found)

        if wait_until(lambda: is_found(working=True), WORKING_WITHIN_S) or wait_until(
            lambda: is_found(working=False), RECOVERED_WITHIN_S
        ):
            return self._chance.choice(found)
        raise StuckError("nobody owns a shard")

    def _read_owners(self) -> list[tuple[Actor, list[Lease]]]:
        """Who owns shards at this moment, with their leases."""
        leases = self._stage.read_leases()
        owned = [
            (actor, [lease for lease in leases if self._is_of(actor, lease)]) for actor in self._stage.actors
        ]
        return [(actor, its) for actor, its in owned if its]

    def _is_working(self, lease: Lease) -> bool:
        self._commits.read()
        last = self._commits.last_of(_shard(lease), lease.epoch)
        return last is not None and time.time() - last.at < FRESH_S

    def _is_of(self, actor: Actor, lease: Lease) -> bool:
        return self._stage.find_owner(lease) is actor

    def _wait_for_successors(self, leases: list[Lease]) -> Iterator[tuple[Lease, Committed]]:
        """Per lease the first commit in a later epoch; what never comes is noted."""
        for lease in leases:

            def is_there(lease: Lease = lease) -> bool:
                self._commits.read()
                return self._commits.first_after(_shard(lease), lease.epoch) is not None

            if wait_until(is_there, RECOVERED_WITHIN_S):
                first = self._commits.first_after(_shard(lease), lease.epoch)
                assert first is not None
                yield lease, first
            else:
                self.toll.stuck.append(f"{lease.entry}: nobody commits after epoch {lease.epoch}")

    def _mend(self) -> None:
        """All workers up again, every shard owned, and a moment of work in between."""
        for actor in self._stage.actors:
            if actor.child.exit_code is not None:
                self.toll.faults["left by itself"] += 1
                actor.start_again()
        if not self._stage.wait_until_owned(ENOUGH_UP):
            self.toll.stuck.append("the shards found no owner, or too few workers came up")
        time.sleep(SETTLE_S)


def plan_faults(kills: int) -> Iterator[str]:
    """The faults of a run in their order: between kills a deploy, a pause, a cut, and services restarted."""
    for number in range(kills):
        yield "KILL" if number % 4 == 2 else "kill"
        if number % 3 == 0:
            yield "deploy"
        if number % 8 == 1:
            yield "pause"
        if number % 8 == 5:
            yield "CUT"
        if number % 8 == 7:
            yield "PAUSE"
        if number == kills // 3:
            yield "restart_redis"
        if number == kills // 2:
            yield "restart_aws"


def _shard(lease: Lease) -> str:
    return lease.entry.removeprefix("shard#")
