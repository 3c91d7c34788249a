"""Bench recovery: how long a shard stands still when its reader fails, and what is lost or done twice."""

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

from laboratory.bench.handled_records import (
    Handled,
    count_repeats,
    find_shard,
    measure_failover_gap,
    measure_longest_gap,
    read_journals,
    read_recorded,
)
from laboratory.bench.hang_switch import HANG_FILE_VARIABLE
from laboratory.bench.machine import ROOT
from laboratory.bench.peers.environment import prepare_peers, read_versions
from laboratory.bench.plan import Judged, Options, Plan, Quantity, Results, Role, Row, Sample, Target, at_most
from laboratory.bench.reader_faults import BY_FLAG, HANG, KILL, ReaderFault
from laboratory.bench.recovery_environment import RATE, Producer, RecoveryEnvironment, measure_ceiling
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
# A session of async-kinesis lasts 60 s by default; a side that has not resumed by then never does.
RESUMED_WITHIN_S = 100.0
# Records that were read and not handled at the fault follow soon after the takeover.
DRAINED_WITHIN_S = 30.0
# A process that was started this long ago is up and waits for a shard.
STANDBY_READY_AFTER_S = 12.0
# A shard whose newest record was handled this recently is read without a backlog.
CURRENT_WITHIN_S = 2.0
HANG_FILE = "hang"
HANGING_WORKER = "laboratory.bench.hanging_worker"
CHECKPOINTING_CONSUMER = "laboratory.bench.peers.checkpointing_consumer"
LOST, REPLAYED, DOUBLED = "lost", "replayed", "done twice"
ReadHandled = Callable[[], list[Handled]]


class Side(NamedTuple):
    """Product or peer in one run: its programs and the records it handled; `run` is None for a peer."""

    programs: list[Program]
    read_handled: ReadHandled
    run: str | None


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Measure the emulator's call rate and yield the plan; each sample has an emulator of its own."""
    fault = _choose_fault(options.wanted)
    python = prepare_peers(options.folder.parent / "peers")
    with RecoveryEnvironment(options.folder / "ceiling"):
        ceiling = measure_ceiling()
    yield make_plan(
        fault,
        partial(measure_once, options.folder, python),
        {"emulator_calls_per_s": ceiling},
        {"peers": read_versions(python)},
    )


def _choose_fault(wanted: Collection[str]) -> ReaderFault:
    """Return the fault that a flag names; a plain kill without flags.

    Raises `LocalError` on an unknown flag or more than one.
    """
    unknown = set(wanted) - set(BY_FLAG)
    if unknown or len(wanted) > 1:
        raise LocalError(f"bench recovery takes one of {', '.join(f'--{flag}' for flag in BY_FLAG)}.")
    return next((BY_FLAG[flag] for flag in wanted), KILL)


def make_plan(
    fault: ReaderFault,
    measure: Callable[[ReaderFault, str, int], Sample],
    config: dict[str, object],
    versions: dict[str, dict[str, str]],
) -> Plan:
    """Return the rows and their targets; `measure` gets fault, row name and round."""
    return Plan(
        "recovery",
        [Row(name, _role(name), UNIT, partial(measure, fault, name)) for name in NAMES],
        (OURS, AGAIN),
        ratios=[(OURS, TUNED_PEER), (OURS, PEER)],
        targets=[
            at_most(fault.target, OURS, fault.limit_s, UNIT),
            _none_of("recovery.lost", LOST),
            _none_of("recovery.doubled", DOUBLED),
        ],
        config={"rate": RATE, "processes": PROCESSES, "shards": 2, "fault": fault.description} | config,
        versions=versions,
    )


def _role(name: str) -> Role:
    return "peer" if name in {PEER, TUNED_PEER} else "control" if name == AGAIN else "ours"


def _none_of(id_: str, quantity: str) -> Target:
    """Return the target that `quantity` is 0 in every round, of ours and of the control."""

    def judge(results: Results) -> Judged:
        known = [
            sample.beside[quantity].value
            for name in (OURS, AGAIN)
            for sample in results.samples[name]
            if quantity in sample.beside
        ]
        return Judged(f"{sum(known):.0f} in {len(known)} runs", bool(known) and not any(known))

    return Target(id_, f"ours: none {quantity}", judge)


def measure_once(folder: Path, python: Path, fault: ReaderFault, name: str, number: int) -> Sample:
    """Inject a fault into one reader and measure how long a shard stood still, in seconds.

    A step that takes too long makes the sample void, with a reason; it never hangs the run.
    """
    run = f"r{number}-{int(time.time())}"
    scratch = folder / run
    scratch.mkdir(parents=True)
    try:
        with RecoveryEnvironment(scratch) as surroundings:
            peer = name in {PEER, TUNED_PEER}
            side = (
                _describe_peer(scratch, surroundings, python, run, name)
                if peer
                else _describe_ours(scratch, surroundings, run, fault)
            )
            return _inject_and_measure(side, Producer(run), fault, scratch)
    except LocalError as error:
        return Sample(RESUMED_WITHIN_S, void_reason=str(error).splitlines()[0])


def _inject_and_measure(side: Side, producer: Producer, fault: ReaderFault, scratch: Path) -> Sample:
    # The first process takes both shards; those started later stand by.
    children = [start_child(side.programs[0])]
    try:
        producer.start()
        _wait_until_read(side, children[0])
        children += [start_child(program) for program in side.programs[1:]]
        time.sleep(STANDBY_READY_AFTER_S)
        _wait_until_read(side, children[0])
        fault_at = time.time()
        fault.begin(children[0], scratch / HANG_FILE)
        measure_gap = _wait_for_recovery(side, fault, children[0], fault_at)
        producer.stop()
        wait_until(lambda: _missing(side, producer) == 0, DRAINED_WITHIN_S, every_s=1.0)
        return _make_sample(measure_gap(), side, producer, scratch)
    finally:
        producer.stop()
        for child in children:
            child.stop(3.0)


def _describe_ours(scratch: Path, surroundings: RecoveryEnvironment, run: str, fault: ReaderFault) -> Side:
    shards = next(program for program in describe_roles(scratch) if program.name == "shards")
    environment = dict(shards.environment) | surroundings.environment | {"SHARD_SLOTS": "2"}
    command = shards.command
    if fault is HANG:
        command = tuple(HANGING_WORKER if word == "swiftlogix" else word for word in command)
    programs = [
        replace(
            shards,
            name=f"shards-{number}",
            command=command,
            environment=environment | _hang_environment(scratch, number),
            log=scratch / f"shards-{number}.log",
        )
        for number in range(PROCESSES)
    ]
    return Side(programs, lambda: read_recorded(run)[0], run)


def _hang_environment(scratch: Path, process: int) -> dict[str, str]:
    """Return the variable of the hang switch for the first process, the faulty one; {} for others."""
    return {HANG_FILE_VARIABLE: str(scratch / HANG_FILE)} if process == 0 else {}


def _describe_peer(
    scratch: Path, surroundings: RecoveryEnvironment, python: Path, run: str, name: str
) -> Side:
    task = {
        "name": run,
        "stream": settings.AWS_NAMES["stream"],
        "endpoint": surroundings.endpoint,
        "region": settings.AWS_REGION,
        "tuned": name == TUNED_PEER,
    }
    programs = [
        Program(
            name=f"peer-{number}",
            command=(
                str(python),
                "-m",
                CHECKPOINTING_CONSUMER,
                json.dumps(task),
                str(scratch / f"{number}.journal"),
            ),
            environment=surroundings.environment
            | {"PYTHONPATH": str(ROOT)}
            | _hang_environment(scratch, number),
            log=scratch / f"peer-{number}.log",
        )
        for number in range(PROCESSES)
    ]
    return Side(
        programs,
        lambda: [record for record in read_journals(scratch) if record.event_id.startswith(run)],
        None,
    )


def _wait_until_read(side: Side, child: Child) -> None:
    """Wait until both shards are read without a backlog; raises `LocalError` after `STARTED_WITHIN_S`."""
    if not wait_until(lambda: _is_current(side), STARTED_WITHIN_S, every_s=0.5):
        raise LocalError(f"Not all shards were handled in time.\n{child.read_last_lines()}")


def _is_current(side: Side) -> bool:
    newest = {find_shard(record.event_id): record.at for record in side.read_handled()}
    return len(newest) == 2 and all(time.time() - at < CURRENT_WITHIN_S for at in newest.values())


def _wait_for_recovery(side: Side, fault: ReaderFault, child: Child, fault_at: float) -> Callable[[], float]:
    """Wait until the fault is over and both shards are handled again.

    Returns a function that measures the gap in seconds.
    """
    if not fault.duration_s:
        wait_until(
            lambda: measure_failover_gap(side.read_handled(), fault_at) < float("inf"),
            RESUMED_WITHIN_S,
            every_s=1.0,
        )
        return lambda: measure_failover_gap(side.read_handled(), fault_at)
    time.sleep(max(0.0, fault_at + fault.duration_s - time.time()))
    fault.end(child)
    # The process is back now, and may repeat work that others have done meanwhile.
    time.sleep(CURRENT_WITHIN_S)
    wait_until(lambda: _is_current(side), RESUMED_WITHIN_S, every_s=1.0)
    return lambda: measure_longest_gap(side.read_handled(), fault_at)


def _missing(side: Side, producer: Producer) -> int:
    return len(set(producer.accepted) - {record.event_id for record in side.read_handled()})


def _make_sample(gap_s: float, side: Side, producer: Producer, scratch: Path) -> Sample:
    """Make the sample: records put, never handled, replayed, and done more than once."""
    handled = Counter(record.event_id for record in side.read_handled())
    done = read_recorded(side.run)[1] if side.run else handled
    repeats = count_repeats(scratch) if side.run else handled.total() - len(handled)
    beside = {
        LOST: _missing(side, producer),
        REPLAYED: repeats,
        DOUBLED: sum(count - 1 for count in done.values() if count > 1),
    }
    return Sample(
        min(gap_s, RESUMED_WITHIN_S),
        counts={"put": len(producer.accepted)},
        beside={name: Quantity(value, "records") for name, value in beside.items()},
        void_reason=None
        if gap_s <= RESUMED_WITHIN_S
        else f"not both shards were handled again within {RESUMED_WITHIN_S:.0f} s",
    )
