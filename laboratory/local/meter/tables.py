"""What the tables hold of a run, read from outside: rows by their place in the stream, changes, delays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings

from laboratory.local.meter.audit import Kept, Place
from laboratory.local.meter.ledger import BOOKING
from tracking.adapters.aws import build_client

ROWS_A_PAGE = 1000
# What is read of a row; the change itself is left out but for those told along with it.
_READ = (
    "shipment_id timestamp stream_source stream_position device_id device_seq received_at recorded_at"
    " source status change_id pending change.also"
).split()


class ChangeCounts(NamedTuple):
    """How many changes the rows carry, and how many of them the bus has taken."""

    recorded: int
    published: int


class Books(NamedTuple):
    """What a run has left in the tables."""

    kept: Kept
    changes: ChangeCounts
    delays_ms: list[float]


class Tables:
    """The tables of the embedded default, for rows of the run that began at `since`."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._dynamodb, self._kinesis, self._sqs = map(build_client, ("dynamodb", "kinesis", "sqs"))

    def read_books(self) -> Books:
        """All rows of the run: one scan of the table, one query per day of quarantine."""
        rows = [row for row in self._scan() if self._is_ours(row)]
        kept = Kept(
            places={_place_of(row) for row in rows},
            names={name for row in rows for name in _names_of(row)},
            quarantined=set(self._read_quarantined()),
        )
        changed = [row for row in rows if "change_id" in row]
        published = [row for row in changed if "pending" not in row]
        counts = ChangeCounts(sum(map(_count_changes, changed)), sum(map(_count_changes, published)))
        return Books(kept, counts, [_delay_ms(row) for row in rows if "recorded_at" in row])

    def count_waiting(self) -> int:
        """How many messages wait in the queues that somebody listens to, or are in flight."""
        queues = [name for key, name in settings.AWS_NAMES["queues"].items() if not _is_for_people(key)]
        return sum(self._read_depth(queue) for queue in queues)

    def count_shards(self) -> int:
        """How many open shards the stream has."""
        answer = self._kinesis.describe_stream_summary(StreamName=settings.AWS_NAMES["stream"])
        return int(answer["StreamDescriptionSummary"]["OpenShardCount"])

    def _is_ours(self, row: dict[str, Any]) -> bool:
        """Whether the row is an event or a fix of this run; states and manifests are neither."""
        arrived_at = row.get("received_at")
        return arrived_at is not None and datetime.fromisoformat(arrived_at["S"]) >= self._since

    def _scan(self) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=settings.AWS_NAMES["tracking_table"],
            # Aliased one and all, since some of these are reserved words.
            ProjectionExpression=", ".join("#" + path.replace(".", ".#") for path in _READ),
            ExpressionAttributeNames={f"#{name}": name for path in _READ for name in path.split(".")},
            ConsistentRead=True,
            # The emulator takes long over large pages.
            PaginationConfig={"PageSize": ROWS_A_PAGE},
        )
        for page in pages:
            yield from page["Items"]

    def _read_quarantined(self) -> Iterator[Place]:
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


def _is_for_people(queue: str) -> bool:
    """Dead letters and what no rule took: nobody drains these."""
    return queue.endswith("dlq") or queue == "unrouted"


def _place_of(row: dict[str, Any]) -> Place:
    return row["stream_source"]["S"].partition("/")[2], row["stream_position"]["S"].partition("/")[0]


def _names_of(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What the ledger may call it: the id in the sort key, the device's count, or the booking it is."""
    subject = row["shipment_id"]["S"]
    if (row.get("source"), row.get("status")) == ({"S": "api"}, {"S": "created"}):
        yield subject, BOOKING
    yield subject, row["timestamp"]["S"].partition("#")[2]
    if "device_id" in row and "S" in row["device_id"] and "N" in row.get("device_seq", {}):
        yield subject, f"{row['device_id']['S']}/{row['device_seq']['N']}"


def _count_changes(row: dict[str, Any]) -> int:
    """The change of a row, and those told along with it."""
    also = row.get("change", {}).get("M", {}).get("also", {}).get("L", [])
    return 1 + len(also)


def _delay_ms(row: dict[str, Any]) -> float:
    arrived, recorded = (datetime.fromisoformat(row[name]["S"]) for name in ("received_at", "recorded_at"))
    return (recorded - arrived).total_seconds() * 1000
