"""Memory stream also splits and merges shards, which the local AWS does not do correctly."""

import pytest

from tracking.domain.errors import PermanentError
from workers.adapters.memory_stream import HASH_KEYS, MemoryStream
from workers.ports import Shard

KEYS = [f"key-{number}" for number in range(40)]


def read_bodies(stream: MemoryStream, shard_id: str) -> list[bytes]:
    return [record.raw for record in stream.read(shard_id, stream.open_shard(shard_id, ""), 1_000).records]


def put(stream: MemoryStream, word: str) -> None:
    stream.put([(key, f"{word} {key}".encode()) for key in KEYS])


def test_a_split_shard_can_be_read_to_its_end_and_its_children_take_over():
    stream = MemoryStream()
    put(stream, "before")
    (parent,) = stream.list_shards()
    lower, upper = stream.split(parent.shard_id)
    put(stream, "after")
    middle = HASH_KEYS // 2
    assert stream.list_shards() == [
        parent._replace(closed=True),
        Shard(lower, (parent.shard_id,), "0", str(middle - 1)),
        Shard(upper, (parent.shard_id,), str(middle), str(HASH_KEYS - 1)),
    ]
    assert read_bodies(stream, parent.shard_id) == [f"before {key}".encode() for key in KEYS]
    after = read_bodies(stream, lower) + read_bodies(stream, upper)
    assert sorted(after) == sorted(f"after {key}".encode() for key in KEYS)
    assert read_bodies(stream, lower) != []
    assert read_bodies(stream, upper) != []


def test_a_merged_shard_names_both_parents_and_takes_the_keys_of_both():
    stream = MemoryStream(shards=2)
    lower, upper = (shard.shard_id for shard in stream.list_shards())
    child = stream.merge(lower, upper)
    put(stream, "after")
    assert stream.list_shards()[-1] == Shard(child, (lower, upper), "0", str(HASH_KEYS - 1))
    assert read_bodies(stream, child) == [f"after {key}".encode() for key in KEYS]
    assert read_bodies(stream, lower) + read_bodies(stream, upper) == []


def test_only_a_closed_shard_that_was_read_completely_has_ended():
    stream = MemoryStream()
    put(stream, "before")
    (shard,) = stream.list_shards()
    cursor = stream.open_shard(shard.shard_id, "")
    assert stream.read(shard.shard_id, cursor, 100).next_cursor is not None
    stream.split(shard.shard_id)
    most = stream.read(shard.shard_id, cursor, 39)
    assert most.next_cursor is not None
    last = stream.read(shard.shard_id, most.next_cursor, 10)
    assert (last.next_cursor, last.children) == (None, tuple(stream.list_shards()[1:]))


def test_a_closed_shard_cannot_be_split_again():
    stream = MemoryStream()
    stream.split("shardId-000000000000")
    with pytest.raises(PermanentError):
        stream.split("shardId-000000000000")


def test_sequence_numbers_grow_over_all_shards_and_carry_no_padding():
    stream = MemoryStream(shards=3)
    put(stream, "a")
    sequences = [
        record.sequence
        for shard in stream.list_shards()
        for record in stream.read(shard.shard_id, stream.open_shard(shard.shard_id, ""), 100).records
    ]
    assert sorted(map(int, sequences)) == list(range(1, 41))
    assert "1" in sequences
