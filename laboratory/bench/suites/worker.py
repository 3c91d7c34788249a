"""bench worker: CPU per event of read to push, beside a naive loop and the consumers people use."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from laboratory.bench.arena import Arena, Contestant
from laboratory.bench.delays import HALF, NEARLY_ALL
from laboratory.bench.peers.environment import prepare_peers, read_versions
from laboratory.bench.plan import Options, Plan, Quantity, Role, Row, Sample, Target, at_most, ratio_at_least

UNIT = "CPU us/event"
OURS = "laboratory.bench.line"
NAIVE = "laboratory.bench.peers.naive"
ASYNC_KINESIS = "laboratory.bench.peers.async_kinesis"
POWERTOOLS = "laboratory.bench.peers.powertools"
# Peers take a shorter part of the same input: one event costs them ten times as much.
EVENTS, PEER_EVENTS = 10_000, 500
QUICK_EVENTS, QUICK_PEER_EVENTS = 1_000, 60
# 1,500 events a second on one core.
MOST_US = 667.0

USUAL_GARBAGE = "ours, garbage collected as Python does"
CONTROL = ("ours", "ours again (control)")
RATIOS = (
    ("ours", "naive boto3 loop"),
    ("ours, TLS", "naive boto3 loop, TLS"),
    ("ours", "async-kinesis, default"),
    ("ours", "async-kinesis, tuned"),
    ("ours", "async-kinesis, tuned, gathered by its user"),
    ("ours", "Powertools, one event per invocation"),
    ("ours", "ours, boto3 as it comes"),
    ("ours", USUAL_GARBAGE),
)
TARGETS: tuple[Target, ...] = (
    ratio_at_least("worker.naive", *RATIOS[0], 10),
    ratio_at_least("worker.naive.tls", *RATIOS[1], 10),
    ratio_at_least("worker.async_kinesis.default", *RATIOS[2], 3),
    ratio_at_least("worker.async_kinesis.tuned", *RATIOS[3], 3),
    at_most("worker.rate", "ours", MOST_US, UNIT),
    at_most("worker.rate.tls", "ours, TLS", MOST_US, UNIT),
)


# Ten shards, some of them idle; records come one by one, at a rate that leaves every row room.
SHARDS, IDLE = 10, (0, 3)
RATE, SECONDS, QUICK_SECONDS = 20, 5, 3
DELAY = "ms from arrival until pushed, p99"


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start the stub and Redis, warm every row up, and yield the plan."""
    python = prepare_peers(options.folder.parent / "peers", _say)
    with Arena(options.folder, options.seed) as arena:
        contestants = [*_ours(options), *_peers(options, python)]
        for contestant in contestants:
            arena.run(replace(contestant, events=contestant.events // 5))
        paced = _paced(options, python)
        yield Plan(
            "worker",
            [
                *(Row(one.name, _role(one), UNIT, partial(_measure, arena, one)) for one in contestants),
                *(Row(one.name, _role(one), DELAY, partial(_measure_delay, arena, one)) for one in paced),
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
            config={one.name: _describe(one) for one in (*contestants, *paced)},
            versions={"peers": read_versions(python)},
        )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _ours(options: Options) -> list[Contestant]:
    ours = Contestant("ours", OURS, QUICK_EVENTS if options.quick else EVENTS)
    return [
        ours,
        replace(ours, name="ours, TLS", tls=True),
        replace(ours, name="ours, with faults", task={"faults": True}),
        replace(ours, name="ours, boto3 as it comes", environment={"AWS_HOT_PARSER": "off"}),
        replace(ours, name=USUAL_GARBAGE, environment={"BENCH_GARBAGE": "python"}),
        replace(ours, name=CONTROL[1]),
    ]


def _peers(options: Options, python: Path) -> list[Contestant]:
    events = QUICK_PEER_EVENTS if options.quick else PEER_EVENTS
    naive = Contestant("naive boto3 loop", NAIVE, events, python)
    theirs = Contestant("async-kinesis, default", ASYNC_KINESIS, events, python)
    return [
        naive,
        replace(naive, name="naive boto3 loop, TLS", tls=True),
        theirs,
        replace(theirs, name="async-kinesis, tuned", task={"tuned": True}),
        replace(
            theirs, name="async-kinesis, tuned, gathered by its user", task={"tuned": True, "gathered": True}
        ),
        Contestant("Powertools, one event per invocation", POWERTOOLS, events, python),
    ]


def _name_paced(name: str, idle: int) -> str:
    return f"{name}, as it comes, {idle} of {SHARDS} shards idle"


def _paced(options: Options, python: Path) -> list[Contestant]:
    """The same programs, their records coming as they do in life."""
    events = RATE * (QUICK_SECONDS if options.quick else SECONDS)
    ours = Contestant("ours", OURS, events)
    theirs = Contestant("async-kinesis, default", ASYNC_KINESIS, events, python)
    return [
        replace(
            one,
            name=_name_paced(one.name, idle),
            guest_of=one.name,
            task=one.task | {"rate": RATE, "shards": SHARDS, "idle": idle, "latency": True},
        )
        for one in (ours, theirs, replace(theirs, name="async-kinesis, tuned", task={"tuned": True}))
        for idle in IDLE
    ]


def _role(contestant: Contestant) -> Role:
    if contestant.name in CONTROL[1:]:
        return "control"
    return "ours" if contestant.module == OURS else "peer"


def _measure(arena: Arena, contestant: Contestant, _round: int) -> Sample:
    return arena.run(contestant)


def _measure_delay(arena: Arena, contestant: Contestant, _round: int) -> Sample:
    sample = arena.run(contestant)
    beside = {"delay p50": sample.beside[HALF], "CPU": Quantity(sample.value, UNIT)}
    return replace(sample, value=sample.beside[NEARLY_ALL].value, phases={}, beside=beside)


def _describe(contestant: Contestant) -> dict[str, Any]:
    return {
        "events": contestant.events,
        "tls": contestant.tls,
        **contestant.environment,
        **contestant.task,
    }
