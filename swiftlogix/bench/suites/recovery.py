"""bench recovery: how long a shard stands still after kill -9, and what is lost or done twice meanwhile."""

import json
import os
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
from swiftlogix.bench.plan import Options, Plan, Row, Sample, Target, at_most
from swiftlogix.bench.takeover import (
    RATE,
    Handled,
    Producer,
    Theatre,
    find_takeover,
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
PROCESSES = 2
STARTED_WITHIN_S = 90.0
TAKEN_OVER_WITHIN_S = 150.0
# A process that was started so long ago is up and waits for its turn.
STANDS_BY_AFTER_S = 12.0
# Both shards are read by then as they come.
FRESH_S = 2.0
TARGETS: tuple[Target, ...] = (at_most("recovery.takeover", OURS, 7.0, UNIT),)

ReadHandled = Callable[[], list[Handled]]


class Side(NamedTuple):
    """One side of the comparison in one run: its programs, and what it has handled so far."""

    programs: list[Program]
    read_handled: ReadHandled


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start emulator and Redis, and yield the plan."""
    if options.wanted:
        raise LocalError("bench recovery measures kill -9 alone; `make chaos` measures deploys and pauses.")
    python = prepare_peers(options.folder.parent / "peers")
    with Theatre(options.folder) as theatre:
        names = [OURS, AGAIN, TUNED_PEER, *([] if options.quick else [PEER])]
        yield Plan(
            "recovery",
            [
                Row(name, _role(name), UNIT, partial(_measure, options.folder, theatre, python, name))
                for name in names
            ],
            (OURS, AGAIN),
            ratios=[(OURS, name) for name in names[2:]],
            targets=TARGETS,
            config={"rate": RATE, "processes": PROCESSES, "shards": 2, "fault": "kill -9"},
            versions={"peers": read_versions(python)},
        )


def _role(name: str) -> str:
    return "peer" if name in {PEER, TUNED_PEER} else "control" if name == AGAIN else "ours"


def _measure(folder: Path, theatre: Theatre, python: Path, name: str, number: int) -> Sample:
    """One kill: the seconds until both shards are handled again, and what came of the records put."""
    run = f"r{number}-{int(time.time())}"
    scratch = folder / run
    scratch.mkdir(parents=True)
    peer = name in {PEER, TUNED_PEER}
    side = _peer(scratch, theatre, python, run, name) if peer else _ours(scratch, theatre, run)
    producer = Producer(run)
    # The first takes both shards; whoever comes later stands by.
    children = [start_child(side.programs[0])]
    try:
        producer.start()
        _wait_until_read(side, children[0])
        children += [start_child(program) for program in side.programs[1:]]
        time.sleep(STANDS_BY_AFTER_S)
        _wait_until_read(side, children[0])
        killed_at = time.time()
        os.killpg(children[0].pid, signal.SIGKILL)
        takeover = _wait_for_takeover(side, killed_at)
        producer.stop()
        wait_until(lambda: _missing(side, producer) == 0, TAKEN_OVER_WITHIN_S, every_s=1.0)
    finally:
        producer.stop()
        for child in children:
            child.stop(3.0)
    return Sample(takeover, counts=_count(side, producer, None if peer else run))


def _ours(scratch: Path, theatre: Theatre, run: str) -> Side:
    shards = next(program for program in describe_roles(scratch) if program.name == "shards")
    environment = dict(shards.environment) | theatre.environment | {"STINT_SLOTS": "2"}
    programs = [
        replace(shards, name=f"shards-{one}", environment=environment, log=scratch / f"shards-{one}.log")
        for one in range(PROCESSES)
    ]
    return Side(programs, lambda: read_recorded(run)[0])


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
    return Side(programs, lambda: [one for one in read_journals(scratch) if one.event_id.startswith(run)])


def _wait_until_read(side: Side, child: Child) -> None:
    """Wait until both shards are handled as they come."""

    def is_fresh() -> bool:
        newest = {shard_of(one.event_id): one.at for one in side.read_handled()}
        return len(newest) == 2 and all(time.time() - at < FRESH_S for at in newest.values())

    if not wait_until(is_fresh, STARTED_WITHIN_S, every_s=0.5):
        raise LocalError(f"Not all shards were handled in time.\n{child.read_last_lines()}")


def _wait_for_takeover(side: Side, killed_at: float) -> float:
    wait_until(
        lambda: find_takeover(side.read_handled(), killed_at) < float("inf"),
        TAKEN_OVER_WITHIN_S,
        every_s=1.0,
    )
    return find_takeover(side.read_handled(), killed_at)


def _missing(side: Side, producer: Producer) -> int:
    return len(set(producer.accepted) - {one.event_id for one in side.read_handled()})


def _count(side: Side, producer: Producer, run: str | None) -> dict[str, int]:
    """What was put, what was never handled, what was done more than once."""
    done = read_recorded(run)[1] if run else Counter(one.event_id for one in side.read_handled())
    doubled = sum(count - 1 for count in done.values() if count > 1)
    return {"put": len(producer.accepted), "lost": _missing(side, producer), "done twice": doubled}
