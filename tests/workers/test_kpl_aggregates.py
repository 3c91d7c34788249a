"""De-aggregation: an aggregate is replaced by its records, in order; other records are unchanged."""

import hashlib

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.workers.kpl_aggregates import aggregate
from tests.workers.records import make_record
from workers.kpl_aggregates import MAGIC, expand
from workers.stream_positions import make_stream_position

WHOLE = 2**128 - 1


def hash_of(key: str) -> int:
    return int.from_bytes(hashlib.md5(key.encode()).digest())


def test_the_parts_of_an_aggregate_are_in_order_with_their_own_stream_positions():
    record = make_record(7, aggregate(("a", b"one"), ("b", b"two"), ("a", b"three")))
    assert expand([record]) == [
        record._replace(raw=raw, stream_position=make_stream_position("7", number))
        for number, raw in enumerate([b"one", b"two", b"three"])
    ]


def test_records_around_an_aggregate_keep_their_order():
    records = [make_record(1, b"x"), make_record(2, aggregate(("a", b"y"))), make_record(3, b"z")]
    assert [record.raw for record in expand(records)] == [b"x", b"y", b"z"]
    stream_positions = [record.stream_position for record in expand(records)]
    assert sorted(stream_positions) == stream_positions


def test_a_part_of_the_sibling_shard_is_left_out_and_the_others_keep_their_numbers():
    record = make_record(7, aggregate(("a", b"one"), ("b", b"two"), ("c", b"three")))
    bound = hash_of("b")
    below, above = expand([record], "0", str(bound - 1)), expand([record], str(bound), str(WHOLE))
    assert sorted(part.stream_position for part in below + above) == [
        make_stream_position("7", n) for n in range(3)
    ]
    assert b"two" in [part.raw for part in above]
    assert b"two" not in [part.raw for part in below]


def test_an_explicit_hash_key_overrides_the_partition_key():
    record = make_record(7, aggregate(("a", b"low", 5), ("a", b"high", WHOLE)))
    assert [part.raw for part in expand([record], "0", "1000")] == [b"low"]


@pytest.mark.parametrize(
    "raw",
    [
        MAGIC,
        MAGIC + b"short",
        aggregate(("a", b"one"))[:-1] + b"\x00",
        MAGIC + b"\xff\xff" + hashlib.md5(b"\xff\xff").digest(),
        b"{}",
        b"",
    ],
)
def test_bytes_that_are_no_valid_aggregate_stay_a_plain_record(raw):
    record = make_record(7, raw)
    assert expand([record]) == [record]


@given(st.lists(st.tuples(st.text(max_size=40), st.binary(max_size=300)), max_size=30))
def test_packed_records_are_unpacked_unchanged(parts):
    assert [part.raw for part in expand([make_record(1, aggregate(*parts))])] == [raw for _, raw in parts]


@given(st.binary(max_size=200))
def test_no_message_whatever_raises(message):
    expand([make_record(1, MAGIC + message + hashlib.md5(message).digest())])
