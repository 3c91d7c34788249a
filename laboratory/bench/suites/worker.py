"""Bench worker: CPU per event from read to push, against a naive loop and widely used consumers."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.bench.delays import P50, P99
from laboratory.bench.peers.environment import prepare_peers, read_versions
from laboratory.bench.plan import Options, Plan, Quantity, Role, Row, Sample, Target, at_most, ratio_at_least
from laboratory.bench.runner import BenchRunner, MeasuredProgram

UNIT = "CPU us/event"
OURS = "laboratory.bench.line"
FLOOR = "laboratory.bench.floor"
NAIVE = "laboratory.bench.peers.naive"
ASYNC_KINESIS = "laboratory.bench.peers.async_kinesis"
POWERTOOLS = "laboratory.bench.peers.powertools"
# Peers get fewer events of the same kind: one event costs them ten times as much.
EVENTS, PEER_EVENTS = 10_000, 500
QUICK_EVENTS, QUICK_PEER_EVENTS = 1_000, 60
# 5,000 events a second on one core.
MOST_US = 200.0

BOTO3 = {"AWS_HOT_CLIENT": "boto3"}
DEFAULT_GC = "ours, garbage collected as Python does"
CONTROL = ("ours", "ours again (control)")
# Ten shards in one process, and five in each of two.
ONE_PROCESS = "ours, TLS, ten shards in one process"
TWO_PROCESSES = "ours, TLS, ten shards in two processes"
# The same with half a core for each process, so that one core is enough for both.
ON_HALF = "ours, TLS, ten shards in one process on half a core"
ON_HALVES = "ours, TLS, ten shards in two processes on half a core each"
# Of twice the rate, what the control of a run can tell from it.
LEAST_ON_HALVES = 1.9
WALL = "wall us/event"
RATIOS = (
    ("ours", "naive boto3 loop"),
    ("ours, TLS", "naive boto3 loop, TLS"),
    ("ours", "async-kinesis, default"),
    ("ours", "async-kinesis, tuned"),
    ("ours", "async-kinesis, tuned, gathered by its user"),
    ("ours", "Powertools, one event per invocation"),
    ("ours", "ours, boto3"),
    ("ours, TLS", "ours, boto3, TLS"),
    ("ours", "ours, boto3 as it comes"),
    ("raw sockets, TLS (floor)", "ours, TLS"),
    ("ours", DEFAULT_GC),
    (TWO_PROCESSES, ONE_PROCESS),
    (ON_HALVES, ON_HALF),
)
TARGETS: tuple[Target, ...] = (
    ratio_at_least("worker.naive", *RATIOS[0], 20),
    ratio_at_least("worker.naive.tls", *RATIOS[1], 20),
    ratio_at_least("worker.async_kinesis.default", *RATIOS[2], 3),
    ratio_at_least("worker.async_kinesis.tuned", *RATIOS[3], 3),
    at_most("worker.rate", "ours", MOST_US, UNIT),
    at_most("worker.rate.tls", "ours, TLS", MOST_US, UNIT),
    ratio_at_least("worker.two_processes", TWO_PROCESSES, ONE_PROCESS, 2),
    ratio_at_least("worker.two_halves", ON_HALVES, ON_HALF, LEAST_ON_HALVES),
)


# For the delay: ten shards, some idle; records arrive one by one, at a rate every row can keep up with.
SHARDS, IDLE = 10, (0, 3)
RATE, SECONDS, QUICK_SECONDS = 20, 5, 3
DELAY = "ms from arrival until pushed, p99"


class Together(NamedTuple):
    """Program whose shards are shared by a number of processes."""

    program: MeasuredProgram
    processes: int
    on_halves: bool = False

    def run(self, runner: BenchRunner, events: int) -> Sample:
        """Run it once with so many events."""
        return runner.run_together(
            replace(self.program, events=events), self.processes, on_halves=self.on_halves
        )


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start the stub and Redis, warm every row up, and yield the plan."""
    python = prepare_peers(options.folder.parent / "peers", _report_progress)
    with BenchRunner(options.folder, options.seed) as runner:
        programs = [*_ours(options), *_peers(options, python)]
        # A whole run each: then names of places are cached, as in a worker that has run for a while.
        for program in programs:
            runner.run(program)
        paced, shared = _paced(options, python), _shared(options)
        for together in shared:
            together.run(runner, together.program.events)
        yield Plan(
            "worker",
            [
                *(
                    Row(program.name, _role(program), UNIT, partial(_measure, runner, program))
                    for program in programs
                ),
                *(
                    Row(program.name, _role(program), DELAY, partial(_measure_delay, runner, program))
                    for program in paced
                ),
                *(
                    Row(each.program.name, "ours", WALL, partial(_measure_together, runner, each))
                    for each in shared
                ),
            ],
            CONTROL,
            ratios=[
                *RATIOS,
                *(
                    (_name_paced("ours", idle), _name_paced(peer, idle))
                    for peer in ("async-kinesis, default", "async-kinesis, tuned")
                    for idle in IDLE
                ),
            ],
            targets=TARGETS,
            config={
                program.name: _describe(program)
                for program in (*programs, *paced, *(each.program for each in shared))
            },
            versions={"peers": read_versions(python)},
        )


def _report_progress(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _ours(options: Options) -> list[MeasuredProgram]:
    ours = MeasuredProgram("ours", OURS, QUICK_EVENTS if options.quick else EVENTS)
    return [
        ours,
        replace(ours, name="ours, TLS", tls=True),
        replace(ours, name="ours, with faults", task={"faults": True}),
        replace(ours, name="ours, boto3", environment=BOTO3),
        replace(ours, name="ours, boto3, TLS", environment=BOTO3, tls=True),
        replace(ours, name="ours, boto3 as it comes", environment=BOTO3 | {"AWS_HOT_PARSER": "off"}),
        replace(ours, name=DEFAULT_GC, environment={"BENCH_GARBAGE": "python"}),
        replace(ours, name=CONTROL[1]),
        replace(ours, name="raw sockets (floor)", module=FLOOR),
        replace(ours, name="raw sockets, TLS (floor)", module=FLOOR, tls=True),
    ]


def _peers(options: Options, python: Path) -> list[MeasuredProgram]:
    events = QUICK_PEER_EVENTS if options.quick else PEER_EVENTS
    naive = MeasuredProgram("naive boto3 loop", NAIVE, events, python)
    peer = MeasuredProgram("async-kinesis, default", ASYNC_KINESIS, events, python)
    return [
        naive,
        replace(naive, name="naive boto3 loop, TLS", tls=True),
        peer,
        replace(peer, name="async-kinesis, tuned", task={"tuned": True}),
        replace(
            peer, name="async-kinesis, tuned, gathered by its user", task={"tuned": True, "gathered": True}
        ),
        MeasuredProgram("Powertools, one event per invocation", POWERTOOLS, events, python),
    ]


def _name_paced(name: str, idle: int) -> str:
    return f"{name}, as it comes, {idle} of {SHARDS} shards idle"


def _paced(options: Options, python: Path) -> list[MeasuredProgram]:
    """Return the same programs with records that arrive at a fixed rate."""
    events = RATE * (QUICK_SECONDS if options.quick else SECONDS)
    ours = MeasuredProgram("ours", OURS, events)
    peer = MeasuredProgram("async-kinesis, default", ASYNC_KINESIS, events, python)
    return [
        replace(
            program,
            name=_name_paced(program.name, idle),
            runs_in_process_of=program.name,
            task=program.task | {"rate": RATE, "shards": SHARDS, "idle": idle, "latency": True},
        )
        for program in (ours, peer, replace(peer, name="async-kinesis, tuned", task={"tuned": True}))
        for idle in IDLE
    ]


def _shared(options: Options) -> list[Together]:
    """Return the programs whose shards are shared by processes, on a core or on half a core for each."""
    events = QUICK_EVENTS if options.quick else EVENTS
    ours = MeasuredProgram(ONE_PROCESS, OURS, events, tls=True, task={"shards": SHARDS})
    return [
        Together(ours, 1),
        Together(replace(ours, name=TWO_PROCESSES), 2),
        Together(replace(ours, name=ON_HALF), 1, on_halves=True),
        Together(replace(ours, name=ON_HALVES), 2, on_halves=True),
    ]


def _role(program: MeasuredProgram) -> Role:
    if program.name in CONTROL[1:]:
        return "control"
    return "ours" if program.module == OURS else "peer"


def _measure(runner: BenchRunner, program: MeasuredProgram, _round: int) -> Sample:
    return runner.run(program)


def _measure_together(runner: BenchRunner, together: Together, _round: int) -> Sample:
    return together.run(runner, together.program.events)


def _measure_delay(runner: BenchRunner, program: MeasuredProgram, _round: int) -> Sample:
    sample = runner.run(program)
    beside = {"delay p50": sample.beside[P50], "CPU": Quantity(sample.value, UNIT)}
    return replace(sample, value=sample.beside[P99].value, phases={}, beside=beside)


def _describe(program: MeasuredProgram) -> dict[str, Any]:
    return {
        "events": program.events,
        "tls": program.tls,
        **program.environment,
        **program.task,
    }
