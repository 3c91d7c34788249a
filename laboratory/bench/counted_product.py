"""The whole product as a process of its own, whose AWS calls are counted, for the bench `calls`."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from laboratory.bench.aws_endpoint import use_endpoint
from laboratory.bench.booked_fleet import PartnerApi, Record
from laboratory.local.addresses import wait_until
from laboratory.local.emulator import CALLS_PATH
from laboratory.local.errors import LocalError
from tracking.adapters.stream import KinesisEventStream
from tracking.domain.errors import TransientError
from workers.adapters.dynamodb import DynamoLeases
from workers.adapters.kinesis import KinesisStream

# Roles of the product; commands such as the demo make calls too.
ROLES = ("web", "shards", "queues", "beat")
# The first call that shows that all is up: a shard is read.
READING = "shards Kinesis GetRecords"
UP_WITHIN_S, STOPPED_WITHIN_S, ANSWER_WITHIN_S = 300.0, 60.0, 60.0
# Records a second that the emulator can record. At a higher rate batches are larger, and calls fewer.
RATE = 100
RECORDED_WITHIN_S, LOOK_EVERY_S = 120.0, 1.0
# An empty read that began before the last event was put is committed by then.
READ_ANEW_IN = timedelta(seconds=3)
# Once all events are recorded, their changes are published and taken by the listeners in this time.
LISTENED_IN_S = 8.0


class Counted(NamedTuple):
    """Numbers of calls, of what they name, of units written and of halves of units read.

    All are by role, service, operation and resource; units of an index have `/<index>` after that.
    """

    calls: Counter[str]
    rows: Counter[str]
    units: Counter[str]
    reads: Counter[str]

    def __sub__(self, before: "Counted") -> "Counted":
        """Return what was added since `before`."""
        return Counted(*(now - then for now, then in zip(self, before, strict=True)))

    def count_units(self) -> int:
        """Return the units written to tables, without those of their indexes."""
        return sum(number for name, number in self.units.items() if "/" not in name)


class Deployment(NamedTuple):
    """Running product: its AWS emulator with the access key of that, and its partner API."""

    endpoint: str
    access_key: str
    api: PartnerApi = PartnerApi("", "")

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


@contextmanager
def run_product(folder: Path) -> Iterator[Deployment]:
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
        api = PartnerApi(read["web"], read["api_key"])
        deployment = Deployment(read["aws_endpoint"], read["aws_access_key"], api)
        if not wait_until(lambda: READING in deployment.count_calls().calls, UP_WITHIN_S):
            raise LocalError(f"No shard is read; see the logs in {folder}.")
        with use_endpoint(deployment.endpoint, deployment.access_key):
            yield deployment
    finally:
        process.terminate()
        process.wait(STOPPED_WITHIN_S)


def put_records(records: Iterable[Record], rate: int = RATE) -> int:
    """Put `rate` records a second on the stream, each of them made when it is due; return their number."""
    stream = KinesisEventStream(settings.AWS_NAMES["stream"])
    left, put, began_at = iter(records), 0, time.monotonic()
    while some := list(islice(left, rate // 10)):
        stream.put(some)
        put += len(some)
        time.sleep(max(0.0, began_at + put / rate - time.monotonic()))
    return put


def wait_until_taken() -> bool:
    """Wait until all that was put is recorded and its changes are taken; return whether it was recorded."""
    recorded = wait_until(partial(_are_recorded, datetime.now(UTC)), RECORDED_WITHIN_S, LOOK_EVERY_S)
    time.sleep(LISTENED_IN_S)
    return recorded


def _are_recorded(put_at: datetime) -> bool:
    """Return whether each shard has been read to its end since then, and all of it is done."""
    try:
        group = KinesisStream(settings.AWS_NAMES["stream"]).incarnation()
        leases = DynamoLeases(settings.AWS_NAMES["leases_table"]).read_group(group).leases
    except TransientError:
        # A busy machine lets the emulator answer late.
        return False
    return all(
        lease.caught_up_at is not None and lease.caught_up_at > put_at + READ_ANEW_IN for lease in leases
    )
