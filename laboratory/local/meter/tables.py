"""Reads the rows of a run from the tables: their places in the stream, changes, and delays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings

from laboratory.local.meter.audit import StoredRecords, StreamPlace
from laboratory.local.meter.ledger import BOOKING
from tracking.adapters.aws import build_client
from tracking.adapters.items import read_fields

ROWS_A_PAGE = 1000
_ATTRIBUTES = (
    "shipment_id timestamp device_id device_seq received_at recorded_at source status change_id pending"
    " detail"
).split()

Fields = dict[str, Any]


class ChangeCounts(NamedTuple):
    """Numbers of changes in the rows, and of those the bus has accepted."""

    recorded: int
    published: int


class TableContents(NamedTuple):
    """Records, changes and delays of a run, as found in the tables."""

    stored: StoredRecords
    changes: ChangeCounts
    delays_ms: list[float]


class Tables:
    """Reads the tables for rows of the run that began at `since`."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._dynamodb, self._kinesis, self._sqs = map(build_client, ("dynamodb", "kinesis", "sqs"))

    def read_contents(self) -> TableContents:
        """Read all rows of the run: one scan of the tracking table, one query per day of quarantine."""
        rows = [read_fields(row) for row in self._scan() if self._is_of_this_run(row)]
        stored = StoredRecords(
            places={_place_of(row) for row in rows},
            names={name for row in rows for name in _names_of(row)},
            quarantined=set(self._read_quarantined()),
        )
        changed = [row for row in rows if "change_id" in row]
        published = [row for row in changed if "pending" not in row]
        counts = ChangeCounts(sum(map(_count_changes, changed)), sum(map(_count_changes, published)))
        return TableContents(stored, counts, [_delay_ms(row) for row in rows if "recorded_at" in row])

    def count_waiting(self) -> int:
        """Count the messages that wait or are in flight in the queues with a listener."""
        queues = [name for key, name in settings.AWS_NAMES["queues"].items() if not _has_no_listener(key)]
        return sum(self._read_depth(queue) for queue in queues)

    def count_shards(self) -> int:
        """Return the stream's number of open shards."""
        answer = self._kinesis.describe_stream_summary(StreamName=settings.AWS_NAMES["stream"])
        return int(answer["StreamDescriptionSummary"]["OpenShardCount"])

    def _is_of_this_run(self, row: dict[str, Any]) -> bool:
        """Return whether the row is an event or a position of this run; states and manifests are neither."""
        arrived_at = row.get("received_at")
        return arrived_at is not None and datetime.fromisoformat(arrived_at["S"]) >= self._since

    def _scan(self) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=settings.AWS_NAMES["tracking_table"],
            # All names are aliased, since some of them are reserved words.
            ProjectionExpression=", ".join(f"#{name}" for name in _ATTRIBUTES),
            ExpressionAttributeNames={f"#{name}": name for name in _ATTRIBUTES},
            ConsistentRead=True,
            # The emulator is slow with large pages.
            PaginationConfig={"PageSize": ROWS_A_PAGE},
        )
        for page in pages:
            yield from page["Items"]

    def _read_quarantined(self) -> Iterator[StreamPlace]:
        day = self._since.date()
        while day <= datetime.now(UTC).date():
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=settings.AWS_NAMES["leases_table"],
                KeyConditionExpression="#stream = :stream",
                ExpressionAttributeNames={"#stream": "stream"},
                ExpressionAttributeValues={
                    ":stream": {"S": f"quarantine:{settings.AWS_NAMES['stream']}:{day:%Y-%m-%d}"}
                },
            )
            for page in pages:
                for row in page["Items"]:
                    shard, _, stream_position = row["entry"]["S"].partition("#")
                    yield shard, stream_position.partition("/")[0]
            day += timedelta(days=1)

    def _read_depth(self, queue: str) -> int:
        url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
        return sum(int(attributes[name]) for name in names)


def _has_no_listener(queue: str) -> bool:
    """Return whether no listener drains the queue: dead letters, and events that no rule matched."""
    return queue.endswith("dlq") or queue == "unrouted"


def _place_of(fields: Fields) -> StreamPlace:
    return fields["stream_source"].partition("/")[2], fields["stream_position"].partition("/")[0]


def _names_of(fields: Fields) -> Iterator[tuple[str, str]]:
    """Yield the names under which the ledger may list the row: event id, device sequence number, booking."""
    subject = fields["shipment_id"]
    if (fields.get("source"), fields.get("status")) == ("api", "created"):
        yield subject, BOOKING
    yield subject, fields["sort_key"].partition("#")[2]
    if "device_id" in fields and "device_seq" in fields:
        yield subject, f"{fields['device_id']}/{fields['device_seq']}"


def _count_changes(fields: Fields) -> int:
    """Count the change of a row and the further changes published with it."""
    return 1 + len(fields["change"].get("also", ()))


def _delay_ms(fields: Fields) -> float:
    arrived, recorded = (datetime.fromisoformat(fields[name]) for name in ("received_at", "recorded_at"))
    return (recorded - arrived).total_seconds() * 1000
