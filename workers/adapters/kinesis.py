"""Record stream on Kinesis, read with GetRecords."""

from datetime import UTC, timedelta
from functools import cached_property
from typing import Any

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from workers.ports import CursorExpiredError, Read, Shard, ShardGoneError, StreamRecord
from workers.stream_positions import make_stream_position

SHARDS_PER_PAGE = 1000
HOUR = timedelta(hours=1)


class KinesisStream:
    """`RecordStream` on one Kinesis stream. Safe to use from many threads."""

    def __init__(self, stream_name: str, shards_per_page: int = SHARDS_PER_PAGE) -> None:
        """`shards_per_page` is the page size of ListShards. No call is made yet."""
        self._stream_name = stream_name
        self._shards_per_page = shards_per_page
        # Creation epoch of the stream that the cursor of each shard belongs to. One writer per shard: no
        # lock.
        self._epochs: dict[str, int] = {}

    @cached_property
    def _kinesis(self) -> Any:
        return build_client("kinesis", hot=True)

    def incarnation(self) -> str:
        """Return `<stream name>@<creation epoch>`, by a call each time (limit: 20 a second)."""
        return f"{self._stream_name}@{self._read_creation_epoch()}"

    def read_retention(self) -> timedelta:
        """Return how long the stream keeps a record, by a call each time."""
        return timedelta(hours=self._describe()["RetentionPeriodHours"])

    def set_retention(self, retention: timedelta) -> None:
        """Raise or lower the retention to so many whole hours; no call changes one that is so already."""
        hours, present = retention // HOUR, self.read_retention() // HOUR
        if hours != present:
            direction = "increase" if hours > present else "decrease"
            self._call(
                f"{direction}_stream_retention_period",
                StreamName=self._stream_name,
                RetentionPeriodHours=hours,
            )

    def list_shards(self) -> list[Shard]:
        """Return all shards that hold records within retention, closed ones included, with their parents."""
        shards: list[Shard] = []
        start: dict[str, str] = {}
        while True:
            page = self._call(
                "list_shards", StreamName=self._stream_name, MaxResults=self._shards_per_page, **start
            )
            shards += map(_to_shard, page["Shards"])
            if not page.get("NextToken"):
                return shards
            # The token is not used: with it Kinesis refuses a stream name, and the emulator requires one.
            start = {"ExclusiveStartShardId": shards[-1].shard_id}

    def open_shard(self, shard_id: str, at: str) -> str:
        """Return a cursor at the record with sequence number `at`, included; `""`: at the oldest record."""
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        if at:
            # As received, never padded: an emulator compares them as strings.
            start = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": at}
        answer = self._call("get_shard_iterator", StreamName=self._stream_name, ShardId=shard_id, **start)
        # Read after the cursor: if the stream is replaced in between, the cursor is invalid. The other way
        # round, new records would get the epoch of the old stream and be taken for repeats.
        self._epochs[shard_id] = self._read_creation_epoch()
        return str(answer["ShardIterator"])

    def read(self, shard_id: str, cursor: str, limit: int) -> Read:
        """Return up to `limit` records (Kinesis gives at most 10,000 and 10 MB) from the cursor on."""
        answer = self._call("get_records", ShardIterator=cursor, Limit=limit)
        source = f"{self._epoch_of(shard_id)}/{shard_id}"
        return Read(
            records=[_to_record(record, source) for record in answer["Records"]],
            next_cursor=answer.get("NextShardIterator"),
            behind_ms=answer.get("MillisBehindLatest", 0),
            children=tuple(_to_child(child) for child in answer.get("ChildShards", [])),
        )

    def _epoch_of(self, shard_id: str) -> int:
        if shard_id not in self._epochs:
            self._epochs[shard_id] = self._read_creation_epoch()
        return self._epochs[shard_id]

    def _read_creation_epoch(self) -> int:
        return int(self._describe()["StreamCreationTimestamp"].timestamp())

    def _describe(self) -> dict[str, Any]:
        answer = self._call("describe_stream_summary", StreamName=self._stream_name)
        summary: dict[str, Any] = answer["StreamDescriptionSummary"]
        return summary

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._kinesis, operation)(**arguments)
        except self._kinesis.exceptions.ExpiredIteratorException as error:
            raise CursorExpiredError(str(error)) from error
        except self._kinesis.exceptions.ResourceNotFoundException as error:
            raise ShardGoneError(str(error)) from error
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return answer


def _to_shard(listed: dict[str, Any]) -> Shard:
    parents = (listed.get("ParentShardId"), listed.get("AdjacentParentShardId"))
    return Shard(
        shard_id=listed["ShardId"],
        parent_ids=tuple(parent for parent in parents if parent),
        hash_from=listed["HashKeyRange"]["StartingHashKey"],
        hash_to=listed["HashKeyRange"]["EndingHashKey"],
        closed=listed["SequenceNumberRange"].get("EndingSequenceNumber") is not None,
    )


def _to_child(listed: dict[str, Any]) -> Shard:
    return Shard(
        shard_id=listed["ShardId"],
        parent_ids=tuple(listed["ParentShards"]),
        hash_from=listed["HashKeyRange"]["StartingHashKey"],
        hash_to=listed["HashKeyRange"]["EndingHashKey"],
    )


def _to_record(record: dict[str, Any], source: str) -> StreamRecord:
    sequence, arrived_at = record["SequenceNumber"], record["ApproximateArrivalTimestamp"]
    return StreamRecord(
        raw=record["Data"],
        arrived_at=arrived_at if arrived_at.tzinfo is UTC else arrived_at.astimezone(UTC),
        source=source,
        stream_position=make_stream_position(sequence),
        sequence=sequence,
    )
