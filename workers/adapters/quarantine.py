"""Quarantine in the table `leases`: one row per record, one partition per stream and UTC day of arrival."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, cast

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.adapters.statements import insert_bytes_statement, run_statements
from workers.adapters.s3 import keep_raw, read_raw
from workers.ports import QuarantinedRecord, Refusal, RefusalReason, StreamRecord
from workers.quarantine import (
    KEPT_FOR,
    PREVIEW_BYTES,
    days_shown,
    is_quarantine_id,
    make_preview,
    name_day,
    name_record,
    split_id,
)

# A DynamoDB row holds 400 KB at most. Larger records are stored in S3, and the row has their first bytes.
MAX_ROW_BYTES = 300 * 1024
# Sorts after every record name.
_LAST = "~"


def _read_clock() -> datetime:
    return datetime.now(UTC)


class DynamoQuarantine:
    """`Quarantine` of one stream. Safe to use from many threads."""

    def __init__(self, table_name: str, stream_name: str, now: Callable[[], datetime] = _read_clock) -> None:
        """`now` determines today and yesterday. No call is made yet."""
        self._table_name = table_name
        self._stream_name = stream_name
        self._now = now

    @cached_property
    def _dynamodb(self) -> Any:
        return build_client("dynamodb", hot=True)

    def put(self, refusals: Sequence[Refusal]) -> None:
        """Store these records durably, 25 per call; an existing record stays as it is."""
        # One row per record, from its first refusal: a batch must not contain a key twice.
        firsts = {name_record(refusal.record): refusal for refusal in reversed(refusals)}
        rows = [self._make_row(refusal) for refusal in firsts.values()]
        run_statements(self._dynamodb, [insert_bytes_statement(self._table_name, row) for row in rows])

    def read_newest(self, limit: int) -> list[QuarantinedRecord]:
        """Return the newest records of today and yesterday (UTC), newest first.

        Makes one query per shard with records and one more, for today; for yesterday only if today has fewer
        than `limit` records.
        """
        rows: list[dict[str, Any]] = []
        for day in days_shown(self._now()):
            if len(rows) < limit:
                rows += self._read_newest_of_day(day, limit)
        newest = sorted((_to_record(row) for row in rows), key=lambda record: record.arrived_at, reverse=True)
        return newest[:limit]

    def count(self) -> int:
        """Return the number of records of today and yesterday (UTC). Reads them all, so call it seldom."""
        return sum(
            page["Count"] for day in days_shown(self._now()) for page in self._read_pages(day, Select="COUNT")
        )

    def read_day(self, day: date) -> Iterator[QuarantinedRecord]:
        """Yield all records of one UTC day, by shard and then in order of arrival."""
        for page in self._read_pages(day.isoformat()):
            yield from map(_to_record, page["Items"])

    def read(self, quarantine_id: str) -> Refusal | None:
        """Return the record with its reason and all its bytes, or None if there is none."""
        if not is_quarantine_id(quarantine_id):
            return None
        row = self._call("get_item", Key=self._key(quarantine_id)).get("Item")
        return _to_refusal(row) if row else None

    def remove(self, quarantine_id: str) -> None:
        """Delete the record; bytes in S3 stay until they expire."""
        self._call("delete_item", Key=self._key(quarantine_id))

    def note_attempt(self, quarantine_id: str, reason: RefusalReason, detail: str) -> None:
        """Record a failed replay and its reason."""
        self._call(
            "update_item",
            Key=self._key(quarantine_id),
            UpdateExpression="SET #reason = :reason, #detail = :detail ADD #attempts :one",
            ExpressionAttributeNames={f"#{name}": name for name in ("reason", "detail", "attempts")},
            ExpressionAttributeValues={
                ":reason": {"S": reason},
                ":detail": {"S": detail},
                ":one": {"N": "1"},
            },
        )

    def _key(self, quarantine_id: str) -> dict[str, Any]:
        day, name = split_id(quarantine_id)
        return {"stream": {"S": self._partition(day)}, "entry": {"S": name}}

    def _make_row(self, refusal: Refusal) -> dict[str, Any]:
        record = refusal.record
        day = name_day(record.arrived_at)
        row: dict[str, Any] = {
            "stream": {"S": self._partition(day)},
            "entry": {"S": name_record(record)},
            "source": {"S": record.source},
            "sequence": {"S": record.sequence},
            "reason": {"S": refusal.reason},
            "detail": {"S": refusal.detail},
            "arrived_at": {"S": record.arrived_at.astimezone(UTC).isoformat()},
            "size": {"N": str(len(record.raw))},
            "attempts": {"N": "1"},
            "expires_at": {"N": str(int((record.arrived_at + KEPT_FOR).timestamp()))},
        }
        if refusal.shipment_id is not None:
            row["shipment_id"] = {"S": refusal.shipment_id}
        if refusal.vehicle_id is not None:
            row["vehicle_id"] = {"S": refusal.vehicle_id}
        return row | self._place_raw(day, refusal)

    def _place_raw(self, day: str, refusal: Refusal) -> dict[str, Any]:
        raw = refusal.record.raw
        if len(raw) <= MAX_ROW_BYTES:
            return {"raw": {"B": raw}}
        path = f"{self._stream_name}/{day}/{name_record(refusal.record).replace('#', '/')}"
        return {"s3_key": {"S": keep_raw(path, raw)}, "raw_start": {"B": raw[: PREVIEW_BYTES + 1]}}

    def _partition(self, day: str) -> str:
        return f"quarantine:{self._stream_name}:{day}"

    def _read_newest_of_day(self, day: str, limit: int) -> list[dict[str, Any]]:
        """Return the newest rows of each shard, where the order of names is the order of arrival."""
        rows: list[dict[str, Any]] = []
        below = _LAST
        while page := self._query(day, below=below, ScanIndexForward=False, Limit=limit)["Items"]:
            shard_id = page[0]["entry"]["S"].split("#")[0]
            rows += [row for row in page if row["entry"]["S"].split("#")[0] == shard_id]
            below = f"{shard_id}#"
        return rows

    def _read_pages(self, day: str, **options: Any) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._query(day, **options, **start)
            yield page
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _query(self, day: str, below: str = _LAST, **options: Any) -> dict[str, Any]:
        return self._call(
            "query",
            KeyConditionExpression="#stream = :stream AND #entry < :below",
            ExpressionAttributeNames={"#stream": "stream", "#entry": "entry"},
            ExpressionAttributeValues={":stream": {"S": self._partition(day)}, ":below": {"S": below}},
            **options,
        )

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._dynamodb, operation)(
                TableName=self._table_name, **arguments
            )
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return answer


def _to_record(row: dict[str, Any]) -> QuarantinedRecord:
    day = row["stream"]["S"].rsplit(":", 1)[1]
    start = row["raw"]["B"] if "raw" in row else row["raw_start"]["B"]
    return QuarantinedRecord(
        quarantine_id=f"{day}/{row['entry']['S']}",
        reason=cast("RefusalReason", row["reason"]["S"]),
        detail=row["detail"]["S"],
        arrived_at=datetime.fromisoformat(row["arrived_at"]["S"]),
        size=int(row["size"]["N"]),
        preview=make_preview(start),
        shipment_id=row.get("shipment_id", {}).get("S"),
        attempts=int(row["attempts"]["N"]),
        vehicle_id=row.get("vehicle_id", {}).get("S"),
    )


def _to_refusal(row: dict[str, Any]) -> Refusal:
    record = StreamRecord(
        raw=row["raw"]["B"] if "raw" in row else read_raw(row["s3_key"]["S"]),
        arrived_at=datetime.fromisoformat(row["arrived_at"]["S"]),
        source=row["source"]["S"],
        stream_position=row["entry"]["S"].partition("#")[2],
        sequence=row["sequence"]["S"],
    )
    return Refusal(
        record,
        cast("RefusalReason", row["reason"]["S"]),
        row["detail"]["S"],
        row.get("shipment_id", {}).get("S"),
        row.get("vehicle_id", {}).get("S"),
    )
