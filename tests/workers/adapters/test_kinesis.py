"""Kinesis adapter: transient and permanent errors, and the lineage of shards."""

import pytest
from django.conf import settings
from django.test import override_settings

from tests.workers.canned import answering, error
from tracking.adapters.aws import build_client
from tracking.domain.errors import PermanentError, TransientError
from workers.adapters.kinesis import KinesisStream
from workers.ports import CursorExpiredError, Read, Shard, ShardGoneError

HASHES = {"HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "99"}}
ENDED = {"StartingSequenceNumber": "1", "EndingSequenceNumber": "6"}
CREATED = (200, {"StreamDescriptionSummary": {"StreamCreationTimestamp": 1790000000}})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error("ProvisionedThroughputExceededException"), TransientError),
        (error("KMSThrottlingException"), TransientError),
        (error("InternalFailure", 500), TransientError),
        (error("ExpiredIteratorException"), CursorExpiredError),
        (error("ResourceNotFoundException"), ShardGoneError),
        (error("InvalidArgumentException"), PermanentError),
    ],
)
def test_a_read_that_fails_is_an_error_of_its_kind(answer, expected):
    with answering("kinesis", "GetRecords", lambda _sent: answer), pytest.raises(expected) as raised:
        KinesisStream("scans").read("shardId-0", "cursor", 10)
    assert type(raised.value) is expected


def test_a_stream_that_cannot_be_reached_is_a_transient_error():
    with override_settings(AWS_ENDPOINT_URL="http://127.0.0.1:9"):
        build_client.cache_clear()
        with pytest.raises(TransientError):
            KinesisStream("scans").incarnation()
    build_client.cache_clear()


def test_a_missing_stream_is_a_permanent_error(local_aws):
    stream = KinesisStream("nobody-made-this")
    with pytest.raises(PermanentError):
        stream.incarnation()
    with pytest.raises(PermanentError):
        stream.list_shards()


def test_the_stream_of_the_template_exists_with_its_shards(local_aws):
    stream = KinesisStream(settings.AWS_NAMES["stream"])
    assert stream.incarnation().startswith(f"{settings.AWS_NAMES['stream']}@1")
    assert len(stream.list_shards()) == 2


def test_a_merged_shard_names_both_its_parents_and_a_split_one_its_only_one():
    listed = {
        "Shards": [
            {"ShardId": "shardId-2", "ParentShardId": "shardId-0", **HASHES, "SequenceNumberRange": ENDED},
            {
                "ShardId": "shardId-3",
                "ParentShardId": "shardId-1",
                "AdjacentParentShardId": "shardId-2",
                **HASHES,
                "SequenceNumberRange": {"StartingSequenceNumber": "7"},
            },
        ]
    }
    with answering("kinesis", "ListShards", lambda _sent: (200, listed)):
        shards = KinesisStream("scans").list_shards()
    assert shards == [
        Shard("shardId-2", ("shardId-0",), "0", "99", closed=True),
        Shard("shardId-3", ("shardId-1", "shardId-2"), "0", "99", closed=False),
    ]


def test_a_shard_at_its_end_has_no_next_cursor_and_names_its_children():
    children = [{"ShardId": "shardId-3", "ParentShards": ["shardId-0", "shardId-1"], **HASHES}]
    last = {"Records": [], "MillisBehindLatest": 0, "ChildShards": children}
    with (
        answering("kinesis", "GetRecords", lambda _sent: (200, last)),
        answering("kinesis", "DescribeStreamSummary", lambda _sent: CREATED),
    ):
        read = KinesisStream("scans").read("shardId-0", "cursor", 10)
    assert read == Read([], None, 0, (Shard("shardId-3", ("shardId-0", "shardId-1"), "0", "99"),))


def test_the_creation_time_is_read_once_per_opened_shard_and_not_per_read():
    reads = (200, {"Records": [], "NextShardIterator": "next", "MillisBehindLatest": 0})
    stream = KinesisStream("scans")
    with (
        answering("kinesis", "GetShardIterator", lambda _sent: (200, {"ShardIterator": "first"})) as opened,
        answering("kinesis", "GetRecords", lambda _sent: reads) as read,
        answering("kinesis", "DescribeStreamSummary", lambda _sent: CREATED) as described,
    ):
        cursor = stream.open_shard("shardId-0", "00042")
        for _ in range(3):
            cursor = stream.read("shardId-0", cursor, 500).next_cursor or ""
    assert opened == [
        {
            "StreamName": "scans",
            "ShardId": "shardId-0",
            "ShardIteratorType": "AT_SEQUENCE_NUMBER",
            "StartingSequenceNumber": "00042",
        }
    ]
    assert [call["ShardIterator"] for call in read] == ["first", "next", "next"]
    assert len(described) == 1
