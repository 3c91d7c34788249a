"""Contract of the port `RecordStream`, in memory and on Kinesis of the local AWS."""

import itertools
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

import pytest

from tests.contracts.backends import MEMORY
from tracking.adapters.aws import build_client
from tracking.domain.errors import PermanentError, TransientError
from workers.adapters.kinesis import KinesisStream
from workers.adapters.memory_stream import HASH_KEYS, MemoryStream
from workers.ports import CursorExpiredError, RecordStream, ShardGoneError, StreamRecord

numbers = itertools.count()
STARTED_AT = datetime.now(UTC)


class Streams(ABC):
    """Creates streams and puts records, without the port under test."""

    @abstractmethod
    def make(self, shards: int = 1) -> RecordStream: ...

    @abstractmethod
    def put(self, stream: RecordStream, *bodies: bytes, key: str = "one") -> None: ...

    @abstractmethod
    def make_anew(self, stream: RecordStream) -> RecordStream:
        """Delete the stream and create one of the same name."""

    @abstractmethod
    def split(self, stream: RecordStream, shard_id: str) -> None:
        """Split the shard in the middle of its hash keys."""

    @abstractmethod
    def age(self, stream: RecordStream, cursor: str) -> str:
        """Return the cursor as it is when it is too old."""


class MemoryStreams(Streams):
    def make(self, shards: int = 1) -> MemoryStream:
        return MemoryStream(f"contract-{next(numbers)}", shards)

    def put(self, stream: MemoryStream, *bodies: bytes, key: str = "one") -> None:
        stream.put([(key, body) for body in bodies])

    def make_anew(self, stream: MemoryStream) -> MemoryStream:
        return MemoryStream(stream.incarnation().split("@")[0], created_epoch=2)

    def split(self, stream: MemoryStream, shard_id: str) -> None:
        stream.split(shard_id)

    def age(self, stream: MemoryStream, cursor: str) -> str:
        stream.expire_cursors()
        return cursor


class KinesisStreams(Streams):
    def __init__(self) -> None:
        self.made: set[str] = set()

    def make(self, shards: int = 1) -> KinesisStream:
        name = f"contract-{next(numbers)}-{time.time_ns()}"
        build_client("kinesis").create_stream(StreamName=name, ShardCount=shards)
        self.made.add(name)
        # One shard a page, so that every listing of several shards turns pages.
        return KinesisStream(name, shards_per_page=1)

    def put(self, stream: KinesisStream, *bodies: bytes, key: str = "one") -> None:
        records = [{"PartitionKey": key, "Data": body} for body in bodies]
        build_client("kinesis").put_records(StreamName=self._name(stream), Records=records)

    def make_anew(self, stream: KinesisStream) -> KinesisStream:
        kinesis, name = build_client("kinesis"), self._name(stream)
        kinesis.delete_stream(StreamName=name)
        # Creation times have whole seconds.
        time.sleep(1)
        kinesis.create_stream(StreamName=name, ShardCount=1)
        return KinesisStream(name)

    def split(self, stream: KinesisStream, shard_id: str) -> None:
        build_client("kinesis").split_shard(
            StreamName=self._name(stream), ShardToSplit=shard_id, NewStartingHashKey=str(HASH_KEYS // 2)
        )

    def age(self, stream: KinesisStream, cursor: str) -> str:
        # The emulator answers a cursor it does not know as it does one of five minutes ago.
        return "11111111-1111-1111-1111-111111111111"

    def clean_up(self) -> None:
        for name in self.made:
            build_client("kinesis").delete_stream(StreamName=name)

    @staticmethod
    def _name(stream: KinesisStream) -> str:
        return stream.incarnation().split("@")[0]


@pytest.fixture
def streams(backend):
    if backend == MEMORY:
        yield MemoryStreams()
        return
    kinesis = KinesisStreams()
    yield kinesis
    kinesis.clean_up()


def read_all(stream: RecordStream, shard_id: str, at: str = "", limit: int = 100) -> list[StreamRecord]:
    """Return every record from `at` on, in reads of at most `limit`, until a read is empty."""
    cursor = stream.open_shard(shard_id, at)
    records: list[StreamRecord] = []
    while (read := stream.read(shard_id, cursor, limit)).records:
        assert len(read.records) <= limit
        records += read.records
        cursor = read.next_cursor or ""
    return records


def only_shard(stream: RecordStream) -> str:
    (shard,) = stream.list_shards()
    return shard.shard_id


def test_a_shard_never_read_gives_every_record_in_the_order_it_was_put(streams):
    stream = streams.make()
    streams.put(stream, b"a", b"b", b"c")
    assert [record.raw for record in read_all(stream, only_shard(stream))] == [b"a", b"b", b"c"]


def test_reads_of_any_size_repeat_nothing_and_skip_nothing(streams):
    stream = streams.make()
    bodies = [f"{number}".encode() for number in range(23)]
    streams.put(stream, *bodies)
    assert [record.raw for record in read_all(stream, only_shard(stream), limit=5)] == bodies


def test_a_shard_is_opened_at_the_sequence_number_as_it_was_received(streams):
    stream = streams.make()
    streams.put(stream, b"a", b"b", b"c", b"d")
    shard_id = only_shard(stream)
    second = read_all(stream, shard_id)[1]
    assert [record.raw for record in read_all(stream, shard_id, at=second.sequence)] == [b"b", b"c", b"d"]


def test_string_order_of_stream_positions_is_the_order_of_the_stream(streams):
    stream = streams.make()
    streams.put(stream, *[b"x"] * 12)
    records = read_all(stream, only_shard(stream))
    stream_positions = [record.stream_position for record in records]
    assert sorted(stream_positions) == stream_positions
    assert len(set(stream_positions)) == 12
    assert {len(stream_position) for stream_position in stream_positions} == {64 + 1 + 6}
    assert all(
        stream_position == f"{record.sequence:0>64}.000000"
        for stream_position, record in zip(stream_positions, records, strict=True)
    )


def test_a_record_has_its_incarnation_its_shard_and_its_arrival_time(streams):
    stream = streams.make()
    streams.put(stream, b"a")
    shard_id = only_shard(stream)
    (record,) = read_all(stream, shard_id)
    epoch = stream.incarnation().split("@")[1]
    assert record.source == f"{epoch}/{shard_id}"
    assert record.arrived_at.tzinfo is UTC
    assert STARTED_AT - timedelta(seconds=1) <= record.arrived_at <= datetime.now(UTC)


def test_an_empty_shard_answers_with_no_record_and_a_cursor_to_go_on_with(streams):
    stream = streams.make()
    shard_id = only_shard(stream)
    read = stream.read(shard_id, stream.open_shard(shard_id, ""), 10)
    assert (read.records, read.behind_ms) == ([], 0)
    streams.put(stream, b"late")
    assert [record.raw for record in stream.read(shard_id, read.next_cursor or "", 10).records] == [b"late"]


def test_a_read_returns_how_long_the_oldest_unread_record_has_waited(streams):
    stream, put_at = streams.make(), time.time()
    streams.put(stream, b"a", b"b")
    time.sleep(0.05)
    shard_id = only_shard(stream)
    first = stream.read(shard_id, stream.open_shard(shard_id, ""), 1)
    rest = stream.read(shard_id, first.next_cursor or "", 1)
    assert 50 <= first.behind_ms <= (time.time() - put_at) * 1000 + 1
    assert rest.behind_ms == 0


def test_a_key_stays_in_its_shard_and_shards_are_read_separately(streams):
    stream = streams.make(shards=4)
    for key in ("one", "two", "three", "four", "five", "six"):
        streams.put(stream, f"{key} 1".encode(), f"{key} 2".encode(), key=key)
    shards = [shard.shard_id for shard in stream.list_shards()]
    assert len(set(shards)) == 4
    by_shard = [[record.raw.decode() for record in read_all(stream, shard_id)] for shard_id in shards]
    assert sum(map(len, by_shard)) == 12
    for bodies in by_shard:
        for key in {body.split()[0] for body in bodies}:
            assert [body for body in bodies if body.startswith(f"{key} ")] == [f"{key} 1", f"{key} 2"]


def test_the_first_shards_of_a_stream_have_no_parents(streams):
    assert [shard.parent_ids for shard in streams.make(shards=3).list_shards()] == [(), (), ()]


def test_a_replaced_stream_has_another_incarnation(streams):
    stream = streams.make()
    before = stream.incarnation()
    streams.put(stream, b"old")
    assert stream.incarnation() == before
    again = streams.make_anew(stream)
    assert again.incarnation() != before
    assert again.incarnation().split("@")[0] == before.split("@")[0]
    streams.put(again, b"new")
    (record,) = read_all(again, only_shard(again))
    assert record.source.split("/")[0] == again.incarnation().split("@")[1]


def test_a_cursor_that_is_too_old_raises_its_own_error_and_the_shard_can_be_opened_again(streams):
    stream = streams.make()
    streams.put(stream, b"a", b"b")
    shard_id = only_shard(stream)
    read = stream.read(shard_id, stream.open_shard(shard_id, ""), 1)
    with pytest.raises(CursorExpiredError):
        stream.read(shard_id, streams.age(stream, read.next_cursor or ""), 1)
    last = read.records[-1].sequence
    assert [record.raw for record in read_all(stream, shard_id, at=last)] == [b"a", b"b"]
    assert issubclass(CursorExpiredError, TransientError)


def test_a_missing_shard_raises_its_own_permanent_error(streams):
    with pytest.raises(ShardGoneError):
        streams.make().open_shard("shardId-000000000777", "")
    assert issubclass(ShardGoneError, PermanentError)


def test_the_hash_ranges_of_shards_cover_all_hash_keys(streams):
    listed = streams.make(shards=3).list_shards()
    assert [shard.closed for shard in listed] == [False] * 3
    ranges = sorted((int(shard.hash_from), int(shard.hash_to)) for shard in listed)
    assert (ranges[0][0], ranges[-1][1]) == (0, HASH_KEYS - 1)
    assert all(ends + 1 == starts for (_, ends), (starts, _) in itertools.pairwise(ranges))


def test_the_children_of_a_split_shard_name_their_parent_and_share_its_hash_keys(streams):
    stream = streams.make()
    parent = only_shard(stream)
    streams.split(stream, parent)
    children = [shard for shard in stream.list_shards() if shard.shard_id != parent]
    assert [(child.parent_ids, child.closed) for child in children] == [((parent,), False)] * 2
    assert [(int(child.hash_from), int(child.hash_to)) for child in children] == [
        (0, HASH_KEYS // 2 - 1),
        (HASH_KEYS // 2, HASH_KEYS - 1),
    ]


def test_the_stream_returns_its_retention(streams):
    assert timedelta(days=1) <= streams.make().read_retention() <= timedelta(days=365)


def test_a_retention_is_raised_and_lowered_and_stays_if_it_is_set_again(streams):
    stream = streams.make()
    wanted = [timedelta(days=days) for days in (7, 7, 1, 1, 365)]
    found = []
    for retention in wanted:
        stream.set_retention(retention)
        found.append(stream.read_retention())
    assert found == wanted


@pytest.mark.parametrize("retention", [timedelta(hours=23), timedelta(days=366)])
def test_a_retention_that_no_stream_has_is_refused(streams, retention):
    stream = streams.make()
    before = stream.read_retention()
    with pytest.raises(PermanentError):
        stream.set_retention(retention)
    assert stream.read_retention() == before
