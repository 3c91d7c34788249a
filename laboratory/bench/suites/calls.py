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
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from laboratory.bench.inputs import make_records
from laboratory.bench.plan import Options, Plan, Row, Sample, Target, at_most
from laboratory.local.addresses import wait_until
from laboratory.local.emulator import CALLS_PATH
from laboratory.local.errors import LocalError
from tracking.adapters.aws import build_client
from tracking.adapters.stream import KinesisEventStream

IDLE, AGAIN, WORKING = "standing still", "standing still, again (control)", "a thousand events"
IDLE_UNIT, WORKING_UNIT = "AWS calls/s", "AWS calls/1,000 events"
# The first call that shows that all is up: a shard is read.
READING = "shards Kinesis GetRecords"
UP_WITHIN_S, STOPPED_WITHIN_S = 300.0, 60.0
# Leases, timers and the beat of a minute have all come once in this time.
IDLE_S, QUICK_IDLE_S = 60.0, 15.0
# What the emulator can record at once; the calls of a batch do not depend on the rate below it.
EVENTS, RATE = 1_000, 100
# The last events are recorded, and their messages are sent, in this time.
DRAINED_IN_S = 15.0
TARGETS: tuple[Target, ...] = (at_most("calls.idle", IDLE, 20, IDLE_UNIT),)


class Deployment(NamedTuple):
    """Running product: where its AWS emulator is, and the access key of that."""

    endpoint: str
    access_key: str

    def count_calls(self) -> Counter[str]:
        """Return the numbers of calls since the start, by role, service and operation."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.endpoint + CALLS_PATH, headers={"Authorization": f"Credential={self.access_key}/"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
            found = Counter(json.load(answer))
        return Counter({name: number for name, number in found.items() if not name.startswith("command ")})


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start the product without a fleet, and yield the plan."""
    idle_s = QUICK_IDLE_S if options.quick else IDLE_S
    with _run_product(options.folder / "product") as deployment:
        time.sleep(idle_s)
        yield Plan(
            "calls",
            [
                Row(IDLE, "ours", IDLE_UNIT, partial(_measure_idle, deployment, idle_s)),
                Row(
                    WORKING, "ours", WORKING_UNIT, lambda number: _measure_working(deployment, number, idle_s)
                ),
                Row(AGAIN, "control", IDLE_UNIT, partial(_measure_idle, deployment, idle_s)),
            ],
            (IDLE, AGAIN),
            targets=TARGETS,
            config={"events": EVENTS, "rate": RATE, "shards": 2, "seconds of standing still": idle_s},
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
        if not wait_until(lambda: READING in deployment.count_calls(), UP_WITHIN_S):
            raise LocalError(f"No shard is read; see the logs in {folder}.")
        with _use(read):
            yield deployment
    finally:
        process.terminate()
        process.wait(STOPPED_WITHIN_S)


@contextmanager
def _use(description: dict[str, Any]) -> Iterator[None]:
    """Point this process's AWS clients at the product that is described."""
    before, variables = settings.AWS_ENDPOINT_URL, dict(os.environ)
    settings.AWS_ENDPOINT_URL = description["aws_endpoint"]
    os.environ |= {"AWS_ACCESS_KEY_ID": description["aws_access_key"], "AWS_SECRET_ACCESS_KEY": "bench"}
    build_client.cache_clear()
    try:
        yield
    finally:
        settings.AWS_ENDPOINT_URL = before
        os.environ.clear()
        os.environ.update(variables)
        build_client.cache_clear()


def _measure_idle(deployment: Deployment, seconds: float, _round: int) -> Sample:
    rates = _count_for(deployment, seconds)
    return Sample(sum(rates.values()), phases=rates)


def _count_for(deployment: Deployment, seconds: float) -> dict[str, float]:
    """Return the calls a second of each role and operation."""
    before, began_at = deployment.count_calls(), time.monotonic()
    time.sleep(seconds)
    made, passed = deployment.count_calls() - before, time.monotonic() - began_at
    return {name: round(number / passed, 3) for name, number in sorted(made.items())}


def _measure_working(deployment: Deployment, idle_s: float, number: int) -> Sample:
    """Return what a thousand events add to the calls of standing still."""
    idle = _count_for(deployment, idle_s)
    before, began_at = deployment.count_calls(), time.monotonic()
    _put_events(f"R{number}")
    time.sleep(DRAINED_IN_S)
    made, passed = deployment.count_calls() - before, time.monotonic() - began_at
    added = {name: calls - idle.get(name, 0.0) * passed for name, calls in made.items()}
    phases = {name: round(max(calls, 0.0), 1) for name, calls in sorted(added.items())}
    return Sample(sum(phases.values()), phases=phases, counts={"events": EVENTS})


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
