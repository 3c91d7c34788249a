"""bench recovery: how long a shard stands still when its reader goes, and what is lost or done twice."""

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from laboratory.bench.hanging import VARIABLE
from laboratory.bench.machine import ROOT
from laboratory.bench.peers.environment import prepare_peers, read_versions
from laboratory.bench.plan import Judged, Options, Plan, Quantity, Results, Role, Row, Sample, Target, at_most
from laboratory.bench.strikes import BY_FLAG, KILL, STALL, Strike
from laboratory.bench.takeover import (
    RATE,
    Handled,
    Producer,
    Theatre,
    count_repeats,
    find_silence,
    find_takeover,
    measure_ceiling,
    read_journals,
    read_recorded,
    shard_of,
)
from laboratory.local.addresses import wait_until
from laboratory.local.children import Child, Program, start_child
from laboratory.local.errors import LocalError
from laboratory.local.roles import describe_roles

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
HANG_FILE = "hang"
WITH_A_SWITCH = "laboratory.bench.stalling"
RECOVERING = "laboratory.bench.peers.recovering"
LOST, AGAIN_HANDLED, DOUBLED = "lost", "replayed", "done twice"
ReadHandled = Callable[[], list[Handled]]


class Side(NamedTuple):
    """One side in one run: its programs, what it has handled; `run` where the product keeps records."""

    programs: list[Program]
    read_handled: ReadHandled
    run: str | None


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Measure what the emulator takes, and yield the plan; each sample has an emulator of its own."""
    strike = _choose_strike(options.wanted)
    python = prepare_peers(options.folder.parent / "peers")
    with Theatre(options.folder / "ceiling"):
        ceiling = measure_ceiling()
    yield make_plan(
        strike,
        partial(measure_once, options.folder, python),
        {"emulator_calls_per_s": ceiling},
        {"peers": read_versions(python)},
    )


def _choose_strike(wanted: Collection[str]) -> Strike:
    """What the flags ask for; a plain kill without any."""
    unknown = set(wanted) - set(BY_FLAG)
    if unknown or len(wanted) > 1:
        raise LocalError(f"bench recovery takes one of {', '.join(f'--{flag}' for flag in BY_FLAG)}.")
    return next((BY_FLAG[flag] for flag in wanted), KILL)


def make_plan(
    strike: Strike,
    measure: Callable[[Strike, str, int], Sample],
    config: dict[str, object],
    versions: dict[str, dict[str, str]],
) -> Plan:
    """The rows and what they must reach; `measure` gets strike, row and round."""
    return Plan(
        "recovery",
        [Row(name, _role(name), UNIT, partial(measure, strike, name)) for name in NAMES],
        (OURS, AGAIN),
        ratios=[(OURS, TUNED_PEER), (OURS, PEER)],
        targets=[
            at_most(strike.target, OURS, strike.within_s, UNIT),
            _none_of("recovery.lost", LOST),
            _none_of("recovery.doubled", DOUBLED),
        ],
        config={"rate": RATE, "processes": PROCESSES, "shards": 2, "fault": strike.told} | config,
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


def measure_once(folder: Path, python: Path, strike: Strike, name: str, number: int) -> Sample:
    """One reader struck: how long a shard stood still, in seconds, and what came of the records put.

    What does not come about in time makes the sample void, with its reason; it never hangs the run.
    """
    run = f"r{number}-{int(time.time())}"
    scratch = folder / run
    scratch.mkdir(parents=True)
    try:
        with Theatre(scratch) as theatre:
            peer = name in {PEER, TUNED_PEER}
            side = (
                _peer(scratch, theatre, python, run, name) if peer else _ours(scratch, theatre, run, strike)
            )
            return _play(side, Producer(run), strike, scratch)
    except LocalError as error:
        return Sample(TAKEN_OVER_WITHIN_S, void_reason=str(error).splitlines()[0])


def _play(side: Side, producer: Producer, strike: Strike, scratch: Path) -> Sample:
    # The first takes both shards; whoever comes later stands by.
    children = [start_child(side.programs[0])]
    try:
        producer.start()
        _wait_until_read(side, children[0])
        children += [start_child(program) for program in side.programs[1:]]
        time.sleep(STANDS_BY_AFTER_S)
        _wait_until_read(side, children[0])
        struck_at = time.time()
        strike.begin(children[0], scratch / HANG_FILE)
        stood_still = _wait_it_out(side, strike, children[0], struck_at)
        producer.stop()
        wait_until(lambda: _missing(side, producer) == 0, DRAINED_WITHIN_S, every_s=1.0)
        return _make_sample(stood_still(), side, producer, scratch)
    finally:
        producer.stop()
        for child in children:
            child.stop(3.0)


def _ours(scratch: Path, theatre: Theatre, run: str, strike: Strike) -> Side:
    shards = next(program for program in describe_roles(scratch) if program.name == "shards")
    environment = dict(shards.environment) | theatre.environment | {"SHARD_SLOTS": "2"}
    command = shards.command
    if strike is STALL:
        command = tuple(WITH_A_SWITCH if word == "swiftlogix" else word for word in command)
    programs = [
        replace(
            shards,
            name=f"shards-{one}",
            command=command,
            environment=environment | _told_to_hang(scratch, one),
            log=scratch / f"shards-{one}.log",
        )
        for one in range(PROCESSES)
    ]
    return Side(programs, lambda: read_recorded(run)[0], run)


def _told_to_hang(scratch: Path, process: int) -> dict[str, str]:
    """Only the first process, which is struck, knows the file."""
    return {VARIABLE: str(scratch / HANG_FILE)} if process == 0 else {}


def _peer(scratch: Path, theatre: Theatre, python: Path, run: str, name: str) -> Side:
    task = {
        "name": run,
        "stream": settings.AWS_NAMES["stream"],
        "endpoint": theatre.endpoint,
        "region": settings.AWS_REGION,
        "tuned": name == TUNED_PEER,
    }
    programs = [
        Program(
            name=f"peer-{one}",
            command=(str(python), "-m", RECOVERING, json.dumps(task), str(scratch / f"{one}.journal")),
            environment=theatre.environment | {"PYTHONPATH": str(ROOT)} | _told_to_hang(scratch, one),
            log=scratch / f"peer-{one}.log",
        )
        for one in range(PROCESSES)
    ]
    return Side(
        programs, lambda: [one for one in read_journals(scratch) if one.event_id.startswith(run)], None
    )


def _wait_until_read(side: Side, child: Child) -> None:
    """Wait until both shards are handled as they come."""
    if not wait_until(lambda: _is_fresh(side), STARTED_WITHIN_S, every_s=0.5):
        raise LocalError(f"Not all shards were handled in time.\n{child.read_last_lines()}")


def _is_fresh(side: Side) -> bool:
    newest = {shard_of(one.event_id): one.at for one in side.read_handled()}
    return len(newest) == 2 and all(time.time() - at < FRESH_S for at in newest.values())


def _wait_it_out(side: Side, strike: Strike, child: Child, struck_at: float) -> Callable[[], float]:
    """Wait until both shards are handled again and nothing lasts; returns what tells how long they stood."""
    if not strike.lasts_s:
        wait_until(
            lambda: find_takeover(side.read_handled(), struck_at) < float("inf"),
            TAKEN_OVER_WITHIN_S,
            every_s=1.0,
        )
        return lambda: find_takeover(side.read_handled(), struck_at)
    time.sleep(max(0.0, struck_at + strike.lasts_s - time.time()))
    strike.end(child)
    # Whoever was away is back now, and may do what others have done long ago.
    time.sleep(FRESH_S)
    wait_until(lambda: _is_fresh(side), TAKEN_OVER_WITHIN_S, every_s=1.0)
    return lambda: find_silence(side.read_handled(), struck_at)


def _missing(side: Side, producer: Producer) -> int:
    return len(set(producer.accepted) - {one.event_id for one in side.read_handled()})


def _make_sample(still_s: float, side: Side, producer: Producer, scratch: Path) -> Sample:
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
        min(still_s, TAKEN_OVER_WITHIN_S),
        counts={"put": len(producer.accepted)},
        beside={name: Quantity(value, "records") for name, value in beside.items()},
        void_reason=None
        if still_s <= TAKEN_OVER_WITHIN_S
        else f"not both shards were handled again within {TAKEN_OVER_WITHIN_S:.0f} s",
    )
