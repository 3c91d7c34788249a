"""Splits and merges under load, with our adapter on Kinesis servers by others: order follows the lineage."""

import sys
import time

import pytest

from laboratory.local.addresses import find_free_port
from tests.opt_in import only_with
from tests.waiting import wait_for
from tests.workers.kinesis_servers import (
    describe_kinesis_local,
    describe_moto,
    find_kinesis_local,
    run_server,
)
from tests.workers.processes import IDS, Processes
from tests.workers.world import World
from tracking.adapters.aws import build_client
from workers.adapters.kinesis import KinesisStream
from workers.leases.ports import Phase

# By design a second; the rest is for a machine that does much else at the same time.
GAP_S = 4
ROUNDS = 10

pytestmark = pytest.mark.slow


class Stream:
    """Stream of two shards on the server of the settings."""

    def __init__(self) -> None:
        self.name = f"lineage-{time.time_ns()}"
        self.kinesis = build_client("kinesis", purpose="traffic")
        self.kinesis.create_stream(StreamName=self.name, ShardCount=2)
        self.wait_until_active()

    def put(self, records: list[tuple[str, bytes]]) -> None:
        entries = [{"PartitionKey": key, "Data": raw} for key, raw in records]
        answer = self.kinesis.put_records(StreamName=self.name, Records=entries)
        assert answer.get("FailedRecordCount", 0) == 0

    def split(self, shard_id: str) -> list[str]:
        """Split the shard; return the ids of its children, lower half first."""
        (shard,) = [shard for shard in KinesisStream(self.name).list_shards() if shard.shard_id == shard_id]
        middle = (int(shard.hash_from) + int(shard.hash_to)) // 2 + 1
        self.kinesis.split_shard(StreamName=self.name, ShardToSplit=shard_id, NewStartingHashKey=str(middle))
        return self._find_children(shard_id)

    def merge(self, shard_id: str, adjacent_id: str) -> str:
        """Merge two shards; return the id of their child."""
        self.kinesis.merge_shards(
            StreamName=self.name, ShardToMerge=shard_id, AdjacentShardToMerge=adjacent_id
        )
        return self._find_children(shard_id)[0]

    def wait_until_active(self) -> None:
        wait_for(lambda: self._describe()["StreamStatus"] == "ACTIVE", 20)

    def _describe(self) -> dict:
        return self.kinesis.describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"]

    def _find_children(self, shard_id: str) -> list[str]:
        self.wait_until_active()
        shards = KinesisStream(self.name).list_shards()
        children = [shard for shard in shards if shard_id in shard.parent_ids]
        return [shard.shard_id for shard in sorted(children, key=lambda shard: int(shard.hash_from))]


@pytest.fixture
def moto(tmp_path):
    port = find_free_port()
    with run_server(describe_moto(tmp_path, port), port):
        yield


@pytest.fixture
def kinesis_local(tmp_path):
    package = find_kinesis_local()
    assert package is not None, "no kinesis-local: `make chaos-long` installs it where there is npm"
    port = find_free_port()
    with run_server(describe_kinesis_local(package, tmp_path, port), port):
        yield


@pytest.fixture
def start():
    """Factory of processes that read a new stream."""
    started: list[Processes] = []

    def start(stream: Stream) -> Processes:
        started.append(Processes(World(stream=KinesisStream(stream.name)), stream.put))
        return started[-1]

    yield start
    for processes in started:
        processes.stop()


def test_on_moto_parents_are_read_to_their_end_before_their_children(moto, start):
    """Failure matrix: split, merge.

    moto never says that a shard has ended; the listing does, and empty reads after it. A merge puts the
    parents' records again into the child, where they are known as repeats. It cannot take puts while it
    reshards, so the load waits for those.
    """
    stream = Stream()
    processes = start(stream)
    first, second = (shard.shard_id for shard in processes.world.stream.list_shards())
    with processes.load():
        processes.wait_until_read(first, second)
        with processes.putting:
            lower, upper = stream.split(first)
        processes.audit()
        processes.wait_until_read(lower, upper)
        with processes.putting:
            merged = stream.merge(upper, second)
        processes.audit()
        processes.wait_until_read(merged)
    processes.wait_until_done()

    processes.assert_nothing_is_lost_and_order_is_kept()
    assert min(processes.find_gaps()) >= 0
    assert find_phases(processes) == {
        first: Phase.ENDED,
        second: Phase.ENDED,
        upper: Phase.ENDED,
        lower: Phase.OPEN,
        merged: Phase.OPEN,
    }


@only_with("CHAOS_LONG", "make chaos-long")
def test_on_kinesis_local_reshards_at_two_hundred_events_a_second_pause_only_briefly(
    kinesis_local, start, capsys
):
    stream = Stream()
    processes = start(stream)
    first, second = (shard.shard_id for shard in processes.world.stream.list_shards())
    began_at = time.monotonic()
    with processes.load():
        for _ in range(ROUNDS):
            processes.wait_until_read(first, second)
            lower, upper = stream.split(first)
            processes.wait_until_read(lower, upper)
            first = stream.merge(lower, upper)
        processes.wait_until_read(first)
        merged = stream.merge(first, second)
        processes.wait_until_read(merged)
        rate = processes.sent * len(IDS) / (time.monotonic() - began_at)
    processes.wait_until_done()

    gaps = processes.find_gaps()
    with capsys.disabled():
        sys.stdout.write(f"\n{len(gaps)} gaps at {rate:.0f} events/s: at most {1000 * max(gaps):.0f} ms\n")
    processes.assert_nothing_is_lost_and_order_is_kept()
    assert min(gaps) >= 0
    assert max(gaps) < GAP_S
    assert [shard for shard, phase in find_phases(processes).items() if phase is Phase.OPEN] == [merged]


def find_phases(processes: Processes) -> dict[str, Phase]:
    return {lease.entry.removeprefix("shard#"): lease.phase for lease in processes.world.rows()}
