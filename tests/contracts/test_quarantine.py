"""Contract of the port `Quarantine`, in memory and on DynamoDB of the local AWS."""

import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from tests.contracts.backends import MEMORY
from tests.workers.records import NOON, make_record
from tracking.adapters.aws import build_client
from workers.adapters.dynamodb import DynamoLeases
from workers.adapters.memory import MemoryQuarantine
from workers.adapters.quarantine import MAX_ROW_BYTES, DynamoQuarantine
from workers.adapters.s3 import read_raw
from workers.ports import Quarantine, QuarantinedRecord, Refusal, StreamRecord

EVENING = NOON + timedelta(hours=6)
numbers = itertools.count()


@pytest.fixture
def stream_name() -> str:
    return f"contract-{next(numbers)}-{time.time_ns()}"


@pytest.fixture
def quarantine(backend, stream_name) -> Quarantine:
    if backend == MEMORY:
        return MemoryQuarantine(now=lambda: EVENING)
    return DynamoQuarantine(settings.AWS_NAMES["leases_table"], stream_name, now=lambda: EVENING)


@pytest.fixture
def dynamo_quarantine(local_aws, stream_name) -> Quarantine:
    return DynamoQuarantine(settings.AWS_NAMES["leases_table"], stream_name, now=lambda: EVENING)


def refuse(record: StreamRecord, reason: str = "undecodable", detail: str = "") -> Refusal:
    return Refusal(record, reason, detail)


def read_rows(stream_name: str, day: str = "2026-11-22"):
    return build_client("dynamodb").query(
        TableName=settings.AWS_NAMES["leases_table"],
        KeyConditionExpression="#stream = :stream",
        ExpressionAttributeNames={"#stream": "stream"},
        ExpressionAttributeValues={":stream": {"S": f"quarantine:{stream_name}:{day}"}},
    )["Items"]


def test_an_empty_quarantine_has_nothing_to_show(quarantine):
    quarantine.put([])
    assert (quarantine.read_newest(10), quarantine.count()) == ([], 0)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "/", "2026-11-22/", "2026-11-22", "x" * 5000, "2026-11-22/" + "x" * 5000]
)
def test_text_that_can_be_no_id_has_no_record(quarantine, text):
    assert quarantine.read(text) is None


def test_a_quarantined_record_is_shown_with_all_its_fields(quarantine):
    record = make_record(7, raw=b'{"shipment_id": 12')
    quarantine.put([Refusal(record, "undecodable", "Input data was truncated", "SLX-12")])
    assert quarantine.read_newest(10) == [
        QuarantinedRecord(
            quarantine_id=f"2026-11-22/shardId-000000000000#{record.stream_position}",
            reason="undecodable",
            detail="Input data was truncated",
            arrived_at=NOON + timedelta(seconds=7),
            size=18,
            preview='{"shipment_id": 12',
            shipment_id="SLX-12",
        )
    ]


def test_bytes_that_are_not_text_are_shown_escaped_on_one_line(quarantine):
    quarantine.put([refuse(make_record(1, raw=b"\xff\x00 \xc2\xa0a\nb\t"))])
    assert quarantine.read_newest(1)[0].preview == r"\xff\x00 \xa0a\nb\t"


def test_a_long_record_is_shown_by_its_first_bytes(quarantine):
    quarantine.put([refuse(make_record(1, raw=b"x" * 5_000))])
    (shown,) = quarantine.read_newest(1)
    assert (shown.size, shown.preview) == (5_000, "x" * 160 + "…")


def test_putting_a_record_again_changes_nothing(quarantine):
    record = make_record(1, raw=b"first")
    quarantine.put([refuse(record, detail="the first reason")])
    before = quarantine.read_newest(10)
    quarantine.put([refuse(record, detail="another reason"), refuse(make_record(2))])
    assert (quarantine.count(), quarantine.read_newest(10)[1:]) == (2, before)


def test_a_record_refused_twice_in_one_batch_is_kept_once_with_its_first_reason(quarantine):
    record = make_record(1)
    quarantine.put([refuse(record, detail="one"), refuse(record, detail="two")])
    assert [shown.detail for shown in quarantine.read_newest(10)] == ["one"]


def test_the_newest_records_come_first_whatever_their_shard(quarantine):
    arrivals = [(0, 1), (1, 2), (0, 3), (2, 4), (1, 5), (0, 6), (0, 7), (0, 8)]
    quarantine.put([refuse(make_record(number, shard=shard)) for shard, number in arrivals])
    newest = quarantine.read_newest(5)
    assert [(shown.arrived_at - NOON).seconds for shown in newest] == [8, 7, 6, 5, 4]


def test_a_shard_with_many_records_does_not_hide_those_of_a_shard_with_few(quarantine):
    quarantine.put([refuse(make_record(number, shard=5)) for number in range(30)])
    quarantine.put([refuse(make_record(40, shard=3)), refuse(make_record(41, shard=4))])
    assert [(shown.arrived_at - NOON).seconds for shown in quarantine.read_newest(3)] == [41, 40, 29]


def test_today_and_yesterday_are_shown_and_counted_by_utc_day_of_arrival(quarantine):
    moments = [
        datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 21, 0, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 22, 0, 0, 0, tzinfo=UTC),
    ]
    quarantine.put([refuse(make_record(n, arrived_at=moment)) for n, moment in enumerate(moments)])
    assert quarantine.count() == 3
    assert [shown.arrived_at for shown in quarantine.read_newest(10)] == moments[:0:-1]


def test_a_thousand_malformed_records_are_all_kept(quarantine):
    quarantine.put([refuse(make_record(number, raw=b"?" * 300)) for number in range(1_000)])
    assert quarantine.count() == 1_000


def test_a_thousand_malformed_records_take_forty_calls(dynamo_quarantine):
    calls = []
    events = build_client("dynamodb", hot=True).meta.events
    events.register(
        "before-send.dynamodb", lambda event_name, **_: calls.append(event_name), unique_id="count"
    )
    dynamo_quarantine.put([refuse(make_record(number)) for number in range(1_000)])
    events.unregister("before-send.dynamodb", unique_id="count")
    assert calls == ["before-send.dynamodb.BatchExecuteStatement"] * 40


def test_a_row_keeps_the_raw_bytes_and_expires_after_thirty_days(dynamo_quarantine, stream_name):
    record = make_record(1, raw=bytes(range(256)))
    dynamo_quarantine.put([refuse(record)])
    (row,) = read_rows(stream_name)
    assert row["raw"]["B"] == record.raw
    assert int(row["expires_at"]["N"]) == int((record.arrived_at + timedelta(days=30)).timestamp())
    assert (row["attempts"]["N"], row["sequence"]["S"], row["source"]["S"]) == ("1", "1", record.source)


def test_a_record_too_large_for_a_row_goes_to_s3_and_its_row_keeps_the_first_bytes(
    dynamo_quarantine, stream_name
):
    record = make_record(1, raw=b"a" * (MAX_ROW_BYTES + 1))
    dynamo_quarantine.put([refuse(record, "too_large")])
    (row,) = read_rows(stream_name)
    assert "raw" not in row
    path = f"{stream_name}/2026-11-22/shardId-000000000000/{record.stream_position}"
    assert row["s3_key"]["S"] == f"quarantine/{path}"
    assert read_raw(row["s3_key"]["S"]) == record.raw
    (shown,) = dynamo_quarantine.read_newest(1)
    assert (shown.size, shown.preview) == (MAX_ROW_BYTES + 1, "a" * 160 + "…")


def test_a_record_of_the_largest_size_stays_in_its_row(dynamo_quarantine, stream_name):
    dynamo_quarantine.put([refuse(make_record(1, raw=b"a" * MAX_ROW_BYTES))])
    (row,) = read_rows(stream_name)
    assert (len(row["raw"]["B"]), "s3_key" in row) == (MAX_ROW_BYTES, False)


def test_quarantine_and_leases_share_a_table_without_seeing_each_other(dynamo_quarantine, stream_name):
    dynamo_quarantine.put([refuse(make_record(1))])
    assert DynamoLeases(settings.AWS_NAMES["leases_table"]).read_group(stream_name).leases == []


def id_of(record: StreamRecord) -> str:
    return f"{record.arrived_at:%Y-%m-%d}/{record.source.partition('/')[2]}#{record.stream_position}"


def test_a_quarantined_record_can_be_read_with_all_its_bytes(quarantine):
    refusal = Refusal(make_record(7, raw=bytes(range(256)) * 4), "undecodable", "no text", "SLX-12")
    quarantine.put([refusal, refuse(make_record(8))])
    read = quarantine.read(id_of(refusal.record))
    assert read == refusal


def test_a_record_that_was_never_quarantined_is_not_found(quarantine):
    assert quarantine.read("2026-11-22/shardId-000000000000#1") is None


def test_a_record_too_large_for_a_row_is_read_as_a_whole(dynamo_quarantine):
    refusal = refuse(make_record(1, raw=b"a" * (MAX_ROW_BYTES + 1)), "too_large")
    dynamo_quarantine.put([refusal])
    assert dynamo_quarantine.read(id_of(refusal.record)) == refusal


def test_a_day_is_read_as_a_whole_by_shard_and_in_order_of_arrival(quarantine):
    arrivals = [(1, 2), (0, 3), (0, 1), (2, 4)]
    quarantine.put([refuse(make_record(number, shard=shard)) for shard, number in arrivals])
    quarantine.put([refuse(make_record(9, arrived_at=NOON - timedelta(days=1)))])
    read = [(record.arrived_at - NOON).seconds for record in quarantine.read_day(NOON.date())]
    assert read == [1, 3, 2, 4]


def test_a_record_can_be_removed_twice(quarantine):
    first, second = make_record(1), make_record(2)
    quarantine.put([refuse(first), refuse(second)])
    for _ in range(2):
        quarantine.remove(id_of(first))
    assert [record.quarantine_id for record in quarantine.read_newest(10)] == [id_of(second)]
    assert quarantine.count() == 1


def test_a_failed_replay_is_counted_with_its_reason(quarantine):
    record = make_record(1)
    quarantine.put([refuse(record)])
    for number in range(2):
        quarantine.note_attempt(id_of(record), "failed", f"KeyError {number}")
    (shown,) = quarantine.read_newest(10)
    assert (shown.attempts, shown.reason, shown.detail) == (3, "failed", "KeyError 1")
