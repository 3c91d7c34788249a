"""Bench calls: AWS calls of a deployment that stands still, and for a thousand events."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from laboratory.bench.aws_endpoint import use_endpoint
from laboratory.bench.inputs import make_records
from laboratory.bench.plan import Options, Plan, Quantity, Row, Sample, at_most
from laboratory.local.addresses import wait_until
from laboratory.local.emulator import CALLS_PATH
from laboratory.local.errors import LocalError
from tracking.adapters.stream import KinesisEventStream
from workers.adapters.dynamodb import DynamoLeases
from workers.adapters.kinesis import KinesisStream

IDLE, AGAIN, WORKING = "standing still", "standing still, again (control)", "a thousand events"
IDLE_UNIT, WORKING_UNIT = "AWS calls/s", "AWS calls/1,000 events"
ROWS = "rows, records and messages named"
UNITS = "write request units of DynamoDB, without indexes"
# In the name of a call, before that of an index.
INDEX_MARK = "/"
# The first call that shows that all is up: a shard is read.
READING = "shards Kinesis GetRecords"
UP_WITHIN_S, STOPPED_WITHIN_S, ANSWER_WITHIN_S = 300.0, 60.0, 10.0
# Leases, timers and the beat of a minute have all come once in this time.
IDLE_S, QUICK_IDLE_S = 60.0, 20.0
# What the emulator can record at once. At a higher rate batches are larger, and calls fewer.
EVENTS, RATE = 1_000, 100
RECORDED_WITHIN_S = 120.0
LOOK_EVERY_S = 1.0
# An empty read that began before the last event was put is committed by then.
READ_ANEW_IN = timedelta(seconds=3)
# Once all events are recorded, their changes are published and taken by the listeners in this time.
LISTENED_IN_S = 8.0
# Roles of the product; commands such as the demo make calls too.
ROLES = ("web", "shards", "queues", "beat")
MOST_IDLE = 20.0


class Counted(NamedTuple):
    """Numbers of calls, of what they name and of units written, by role, service, operation and resource."""

    calls: Counter[str]
    rows: Counter[str]
    units: Counter[str]

    def __sub__(self, before: "Counted") -> "Counted":
        """Return what was added since `before`."""
        return Counted(self.calls - before.calls, self.rows - before.rows, self.units - before.units)


class Deployment(NamedTuple):
    """Running product: where its AWS emulator is, and the access key of that."""

    endpoint: str
    access_key: str

    def count_calls(self) -> Counted:
        """Return the numbers of the product's roles since the start."""
        return read_counts(self.read_answer())

    def read_answer(self) -> dict[str, dict[str, int]]:
        """Return all numbers since the start, as the emulator gives them."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.endpoint + CALLS_PATH, headers={"Authorization": f"Credential={self.access_key}/"}
        )
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310 - as above
            return dict(json.load(answer))


def read_counts(answer: dict[str, dict[str, int]]) -> Counted:
    """Return the numbers of the product's roles in an answer of the emulator."""
    return Counted(
        *(
            Counter({name: number for name, number in answer[kind].items() if name.split()[0] in ROLES})
            for kind in Counted._fields
        )
    )


def describe_idle(made: Counted, seconds: float) -> Sample:
    """Return the calls a second of a deployment that has stood still for so many seconds."""
    phases = {name: number / seconds for name, number in sorted(made.calls.items())}
    beside = {
        ROWS: Quantity(made.rows.total() / seconds, "a second"),
        UNITS: Quantity(_count_units(made) / seconds, "a second"),
    }
    return Sample(made.calls.total() / seconds, phases=phases, beside=beside)


def describe_working(made: Counted, seconds: float, idle: Sample) -> Sample:
    """Return what `EVENTS` events in so many seconds have added to the calls of standing still."""
    added = {name: number - idle.phases.get(name, 0.0) * seconds for name, number in made.calls.items()}
    phases = {name: max(0.0, number) for name, number in sorted(added.items())}
    rows = made.rows.total() - idle.beside[ROWS].value * seconds
    units = _count_units(made) - idle.beside[UNITS].value * seconds
    return Sample(
        sum(phases.values()),
        phases=phases,
        counts={"events": EVENTS},
        beside={
            ROWS: Quantity(max(0.0, rows), "1,000 events"),
            UNITS: Quantity(max(0.0, units), "1,000 events"),
        },
    )


def _count_units(made: Counted) -> int:
    return sum(number for name, number in made.units.items() if INDEX_MARK not in name)


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start the product without a fleet, and yield the plan."""
    idle_s = QUICK_IDLE_S if options.quick else IDLE_S
    with _run_product(options.folder / "product") as deployment:
        measuring = Measuring(deployment, idle_s)
        time.sleep(idle_s)
        yield Plan(
            "calls",
            [
                Row(IDLE, "ours", IDLE_UNIT, measuring.stand_still),
                Row(WORKING, "ours", WORKING_UNIT, measuring.work),
                Row(AGAIN, "control", IDLE_UNIT, measuring.stand_still),
            ],
            (IDLE, AGAIN),
            targets=(at_most("calls.idle", IDLE, MOST_IDLE, IDLE_UNIT),),
            config={"events": EVENTS, "rate": RATE, "shards": 2, "seconds of standing still": idle_s},
        )


class Measuring:
    """Measures the rows; both orders of a round stand still before they work."""

    def __init__(self, deployment: Deployment, idle_s: float) -> None:
        self._deployment = deployment
        self._idle_s = idle_s
        self._idle: Sample | None = None

    def stand_still(self, _round: int) -> Sample:
        """Count the calls while nothing happens."""
        before, began_at = self._deployment.count_calls(), time.monotonic()
        time.sleep(self._idle_s)
        made = self._deployment.count_calls() - before
        self._idle = describe_idle(made, time.monotonic() - began_at)
        return self._idle

    def work(self, round_number: int) -> Sample:
        """Put the events on the stream, and count the calls until their changes have been taken."""
        assert self._idle is not None
        before, began_at = self._deployment.count_calls(), time.monotonic()
        # The product keeps its tables from an earlier bench: shipments of that would change no more.
        _put_events(f"R{int(time.time())}-{round_number}")
        recorded = wait_until(partial(_are_recorded, datetime.now(UTC)), RECORDED_WITHIN_S, LOOK_EVERY_S)
        time.sleep(LISTENED_IN_S)
        made = self._deployment.count_calls() - before
        sample = describe_working(made, time.monotonic() - began_at, self._idle)
        return sample if recorded else replace(sample, void_reason="not all events were recorded")


def _are_recorded(put_at: datetime) -> bool:
    """Return whether each shard has been read to its end since then, and all of it is done."""
    group = KinesisStream(settings.AWS_NAMES["stream"]).incarnation()
    leases = DynamoLeases(settings.AWS_NAMES["leases_table"]).read_group(group).leases
    return all(
        lease.caught_up_at is not None and lease.caught_up_at > put_at + READ_ANEW_IN for lease in leases
    )


@contextmanager
def _run_product(folder: Path) -> Iterator[Deployment]:
    """Run the demo without a fleet as a process of its own. Raises `LocalError` if it does not start."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--no-simulator", "--json"]
    # Without the settings of this command: the demo makes its own.
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen([*command, "--var", str(folder)], stdout=subprocess.DEVNULL, env=own)  # noqa: S603
    try:
        description = folder / "demo.json"
        if not wait_until(description.exists, UP_WITHIN_S):
            raise LocalError(f"The product did not start; see the logs in {folder}.")
        read = json.loads(description.read_text())
        deployment = Deployment(read["aws_endpoint"], read["aws_access_key"])
        if not wait_until(lambda: READING in deployment.count_calls().calls, UP_WITHIN_S):
            raise LocalError(f"No shard is read; see the logs in {folder}.")
        with use_endpoint(deployment.endpoint, deployment.access_key):
            yield deployment
    finally:
        process.terminate()
        process.wait(STOPPED_WITHIN_S)


def _put_events(run: str) -> None:
    """Put the events on the stream, a tenth of a second's events at a time."""
    stream = KinesisEventStream(settings.AWS_NAMES["stream"])
    records = [
        (sent.shipment_id or "none", sent.raw) for sent in make_records(run, EVENTS, 1, datetime.now(UTC))
    ]
    size, began_at = RATE // 10, time.monotonic()
    for start in range(0, EVENTS, size):
        time.sleep(max(0.0, began_at + start / RATE - time.monotonic()))
        stream.put(records[start : start + size])
