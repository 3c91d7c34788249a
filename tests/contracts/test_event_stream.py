"""Contract of the port `EventStream`, in memory and on Kinesis of the local AWS."""

import itertools
import time

import pytest
from django.conf import settings

from tests.contracts.backends import MEMORY
from tracking.adapters.aws import build_client
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.stream import KinesisEventStream

numbers = itertools.count(time.time_ns())


@pytest.fixture
def stream(backend):
    if backend == MEMORY:
        return MemoryEventStream()
    return KinesisEventStream(settings.AWS_NAMES["stream"])


@pytest.fixture
def key() -> str:
    return f"contract-{next(numbers)}"


def read_back(stream, key: str) -> list[bytes]:
    """Return all records of this partition key, in the order of the stream."""
    if isinstance(stream, MemoryEventStream):
        return [data for kept, data in stream.records if kept == key]
    client = build_client("kinesis")
    name = settings.AWS_NAMES["stream"]
    found = []
    for shard in client.list_shards(StreamName=name)["Shards"]:
        cursor = client.get_shard_iterator(
            StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while records := (answer := client.get_records(ShardIterator=cursor))["Records"]:
            found += [record["Data"] for record in records if record["PartitionKey"] == key]
            cursor = answer["NextShardIterator"]
    return found


def test_accepted_records_are_kept_in_order(stream, key):
    assert stream.put([(key, b"1"), (key, b"2"), (key, b"3")]) == [None, None, None]
    assert read_back(stream, key) == [b"1", b"2", b"3"]


def test_putting_no_record_stores_nothing(stream):
    assert stream.put([]) == []


def test_more_changes_than_fit_into_one_call_are_all_published(stream, key):
    records = [(key, str(number).encode()) for number in range(1001)]
    assert stream.put(records) == [None] * 1001
    assert read_back(stream, key) == [data for _, data in records]
