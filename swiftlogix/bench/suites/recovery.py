"""bench recovery: how long a shard stands still when its reader goes, and what is lost or done twice."""

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from swiftlogix.bench.peers.environment import prepare_peers, read_versions
from swiftlogix.bench.plan import Judged, Options, Plan, Quantity, Results, Role, Row, Sample, Target, at_most
from swiftlogix.bench.takeover import (
    RATE,
    Handled,
    Producer,
    Theatre,
    count_repeats,
    find_takeover,
    measure_ceiling,
    read_journals,
    read_recorded,
    shard_of,
)
from swiftlogix.local.addresses import wait_until
from swiftlogix.local.children import Child, Program, start_child
from swiftlogix.local.errors import LocalError
from swiftlogix.local.roles import describe_roles

UNIT = "s"
OURS, AGAIN = "ours", "ours again (control)"
PEER, TUNED_PEER = "async-kinesis, default", "async-kinesis, tuned"
NAMES = (OURS, AGAIN, TUNED_PEER, PEER)
PROCESSES = 2
STARTED_WITHIN_S = 90.0
# A session of async-kinesis lasts 60 s by default; who has not gone on by then never does.
TAKEN_OVER_WITHIN_S = 100.0
# What was read and not handled yet at the takeover comes right behind it.
DRAINED_WITHIN_S = 30.0
# A process that was started so long ago is up and waits for its turn.
STANDS_BY_AFTER_S = 12.0
# Both shards are read by then as they come.
FRESH_S = 2.0
LOST, AGAIN_HANDLED, DOUBLED = "lost", "replayed", "done twice"
REFUSED = {
    "stop": "bench recovery does not freeze processes: `make chaos` does, and lets them wake.",
    "stall": "bench recovery cannot make a step of the line hang: the product has no switch for it.",
}

ReadHandled = Callable[[], list[Handled]]


class Side(NamedTuple):
    """One side in one run: its programs, what it has handled; `run` where the product keeps records."""

    programs: list[Program]
    read_handled: ReadHandled
    run: str | None


class Fault(NamedTuple):
    """What ends a reader: the signal, and what people call it."""

    number: signal.Signals
    told: str


KILL = Fault(signal.SIGKILL, "kill -9")
DEPLOY = Fault(signal.SIGTERM, "SIGTERM, as a deploy sends it")


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Measure what the emulator takes, and yield the plan; each sample has an emulator of its own."""
    for flag in options.wanted - {"term"}:
        raise LocalError(REFUSED.get(flag, f"bench recovery knows no --{flag}."))
    python = prepare_peers(options.folder.parent / "peers")
    with Theatre(options.folder / "ceiling"):
        ceiling = measure_ceiling()
    yield make_plan(
        DEPLOY if options.wanted else KILL,
        partial(_measure, options.folder, python),
        {"emulator_calls_per_s": ceiling},
        {"peers": read_versions(python)},
    )


def make_plan(
    fault: Fault,
    measure: Callable[[Fault, str, int], Sample],
    config: dict[str, object],
    versions: dict[str, dict[str, str]],
) -> Plan:
    """The rows and what they must reach; `measure` gets fault, row and round."""
    # A deploy hands over, so it must be faster than the expiry of a lease.
    within_s = 7.0 if fault is KILL else 1.0
    return Plan(
        "recovery",
        [Row(name, _role(name), UNIT, partial(measure, fault, name)) for name in NAMES],
        (OURS, AGAIN),
        ratios=[(OURS, TUNED_PEER), (OURS, PEER)],
        targets=[
            at_most("recovery.takeover" if fault is KILL else "recovery.deploy", OURS, within_s, UNIT),
            _none_of("recovery.lost", LOST),
            _none_of("recovery.doubled", DOUBLED),
        ],
        config={"rate": RATE, "processes": PROCESSES, "shards": 2, "fault": fault.told} | config,
        versions=versions,
    )


def _role(name: str) -> Role:
    return "peer" if name in {PEER, TUNED_PEER} else "control" if name == AGAIN else "ours"


def _none_of(id_: str, quantity: str) -> Target:
    """None in any round, in the control neither."""

    def judge(results: Results) -> Judged:
        known = [
            sample.beside[quantity].value
            for name in (OURS, AGAIN)
            for sample in results.samples[name]
            if quantity in sample.beside
        ]
        return Judged(f"{sum(known):.0f} in {len(known)} runs", bool(known) and not any(known))

    return Target(id_, f"ours: none {quantity}", judge)


def _measure(folder: Path, python: Path, fault: Fault, name: str, number: int) -> Sample:
    """One reader ended: the seconds until both shards are handled again, and what came of the records put.

    What does not come about in time makes the sample void, with its reason; it never hangs the run.
    """
    run = f"r{number}-{int(time.time())}"
    scratch = folder / run
    scratch.mkdir(parents=True)
    try:
        with Theatre(scratch) as theatre:
            peer = name in {PEER, TUNED_PEER}
            side = _peer(scratch, theatre, python, run, name) if peer else _ours(scratch, theatre, run)
            return _play(side, Producer(run), fault, scratch)
    except LocalError as error:
        return Sample(TAKEN_OVER_WITHIN_S, void_reason=str(error).splitlines()[0])


def _play(side: Side, producer: Producer, fault: Fault, scratch: Path) -> Sample:
    # The first takes both shards; whoever comes later stands by.
    children = [start_child(side.programs[0])]
    try:
        producer.start()
        _wait_until_read(side, children[0])
        children += [start_child(program) for program in side.programs[1:]]
        time.sleep(STANDS_BY_AFTER_S)
        _wait_until_read(side, children[0])
        ended_at = time.time()
        children[0].send(fault.number)
        takeover = _wait_for_takeover(side, ended_at)
        producer.stop()
        wait_until(lambda: _missing(side, producer) == 0, DRAINED_WITHIN_S, every_s=1.0)
        return _make_sample(takeover, side, producer, scratch)
    finally:
        producer.stop()
        for child in children:
            child.stop(3.0)


def _ours(scratch: Path, theatre: Theatre, run: str) -> Side:
    shards = next(program for program in describe_roles(scratch) if program.name == "shards")
    environment = dict(shards.environment) | theatre.environment | {"STINT_SLOTS": "2"}
    programs = [
        replace(shards, name=f"shards-{one}", environment=environment, log=scratch / f"shards-{one}.log")
        for one in range(PROCESSES)
    ]
    return Side(programs, lambda: read_recorded(run)[0], run)


def _peer(scratch: Path, theatre: Theatre, python: Path, run: str, name: str) -> Side:
    task = {
        "name": run,
        "stream": settings.AWS_NAMES["stream"],
        "endpoint": theatre.endpoint,
        "region": settings.AWS_REGION,
        "tuned": name == TUNED_PEER,
    }
    program = Path(sys.modules["swiftlogix.bench.peers"].__path__[0]) / "recovering.py"
    programs = [
        Program(
            name=f"peer-{one}",
            command=(str(python), str(program), json.dumps(task), str(scratch / f"{one}.journal")),
            environment=theatre.environment,
            log=scratch / f"peer-{one}.log",
        )
        for one in range(PROCESSES)
    ]
    return Side(
        programs, lambda: [one for one in read_journals(scratch) if one.event_id.startswith(run)], None
    )


def _wait_until_read(side: Side, child: Child) -> None:
    """Wait until both shards are handled as they come."""

    def is_fresh() -> bool:
        newest = {shard_of(one.event_id): one.at for one in side.read_handled()}
        return len(newest) == 2 and all(time.time() - at < FRESH_S for at in newest.values())

    if not wait_until(is_fresh, STARTED_WITHIN_S, every_s=0.5):
        raise LocalError(f"Not all shards were handled in time.\n{child.read_last_lines()}")


def _wait_for_takeover(side: Side, ended_at: float) -> float:
    wait_until(
        lambda: find_takeover(side.read_handled(), ended_at) < float("inf"),
        TAKEN_OVER_WITHIN_S,
        every_s=1.0,
    )
    return find_takeover(side.read_handled(), ended_at)


def _missing(side: Side, producer: Producer) -> int:
    return len(set(producer.accepted) - {one.event_id for one in side.read_handled()})


def _make_sample(takeover: float, side: Side, producer: Producer, scratch: Path) -> Sample:
    """What was put, what was never handled, given again, done more than once."""
    handled = Counter(one.event_id for one in side.read_handled())
    done = read_recorded(side.run)[1] if side.run else handled
    repeats = count_repeats(scratch) if side.run else handled.total() - len(handled)
    beside = {
        LOST: _missing(side, producer),
        AGAIN_HANDLED: repeats,
        DOUBLED: sum(count - 1 for count in done.values() if count > 1),
    }
    return Sample(
        min(takeover, TAKEN_OVER_WITHIN_S),
        counts={"put": len(producer.accepted)},
        beside={name: Quantity(value, "records") for name, value in beside.items()},
        void_reason=None
        if takeover <= TAKEN_OVER_WITHIN_S
        else f"not both shards were handled again within {TAKEN_OVER_WITHIN_S:.0f} s",
    )
