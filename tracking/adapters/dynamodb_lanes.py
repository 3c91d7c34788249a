"""Lane statistics store on DynamoDB: legs and the statistics made from them go in one transaction."""

import struct
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.adapters.items import STATE_KEY, Item, event_key, from_attribute, to_attribute
from tracking.domain.errors import TransientError
from tracking.domain.legs import FinishedLeg
from tracking.eta.conformal import Widening
from tracking.eta.durations import DurationStatistics
from tracking.eta.lanes import ImportedFile, Level, Plan, Spread, Statistic, lane_key
from tracking.eta.pace import PaceRegression
from tracking.eta.quality import NUMBERS, QualityWeek
from tracking.eta.residuals import BINS, Residuals
from tracking.ports import Known, Learned, Lesson

KEYS_PER_READ = 100
KEPT_FOR_S = 400 * 86_400
# Legs come first in a transaction, so that cancellation reasons can be assigned to them by position.
CONDITION_FAILED, CONFLICT = "ConditionalCheckFailed", "TransactionConflict"
_BINS = struct.Struct(f"<{BINS}d")
_SUMS = struct.Struct(f"<{NUMBERS}d")


class DynamoLaneStatisticsStore:
    """`LaneStatisticsStore` on the table `tracking`, in partitions that begin with `lane#`."""

    def __init__(self, table: str) -> None:
        self._table = table

    @cached_property
    def _client(self) -> Any:
        return build_client("dynamodb", hot=True)

    def read(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return the statistics of those keys that have one, 100 per call."""
        known: dict[str, Known] = {}
        for start in range(0, len(keys), KEYS_PER_READ):
            wanted: Any = {
                self._table: {
                    "Keys": [event_key(key, STATE_KEY) for key in keys[start : start + KEYS_PER_READ]],
                    "ConsistentRead": True,
                }
            }
            while wanted:
                answer = self._call("batch_get_item", RequestItems=wanted)
                items = answer["Responses"].get(self._table, [])
                known |= {item["shipment_id"]["S"]: _read_known(item) for item in items}
                wanted = answer.get("UnprocessedKeys")
        return known

    def keep(self, lesson: Lesson) -> Learned:
        """Write one transaction: each leg if it is new, each statistic on the version it was read at."""
        legs = [self._put_leg(leg) for leg in lesson.legs]
        statistics = [
            self._put_statistic(key, statistic, lesson.seen.get(key, 0))
            for key, statistic in lesson.changed.items()
        ]
        try:
            self._client.transact_write_items(TransactItems=[*legs, *statistics])
        except self._client.exceptions.TransactionCanceledException as error:
            return _read_refusal(lesson, error.response.get("CancellationReasons", []), error)
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return Learned(kept=True)

    def put(self, statistics: Mapping[str, Statistic]) -> None:
        """Set these statistics one by one; versions continue from those stored."""
        for key, statistic in statistics.items():
            fields = _statistic_fields(statistic)
            self._call(
                "update_item",
                TableName=self._table,
                Key=event_key(key, STATE_KEY),
                UpdateExpression="SET "
                + ", ".join(f"#{name} = :{name}" for name in fields)
                + " ADD state_version :one",
                ExpressionAttributeNames={f"#{name}": name for name in fields},
                ExpressionAttributeValues={f":{name}": value for name, value in fields.items()}
                | {":one": {"N": "1"}},
            )

    def _put_leg(self, leg: FinishedLeg) -> dict[str, Any]:
        fields = {name: _exactly(value) for name, value in msgspec.to_builtins(leg).items()}
        item = fields | event_key(lane_key(leg.profile), leg.sort_key) | {"expires_at": _expiry()}
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(shipment_id)",
            }
        }

    def _put_statistic(self, key: str, statistic: Statistic, seen: int) -> dict[str, Any]:
        item = _statistic_fields(statistic) | event_key(key, STATE_KEY)
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": item | {"state_version": {"N": str(seen + 1)}},
            "ConditionExpression": "attribute_not_exists(shipment_id)",
        }
        if seen:
            put["ConditionExpression"] = "state_version = :seen"
            put["ExpressionAttributeValues"] = {":seen": {"N": str(seen)}}
        return {"Put": put}

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**arguments)
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return answer


def _read_refusal(lesson: Lesson, reasons: Sequence[dict[str, Any]], error: Exception) -> Learned:
    """Read a cancelled transaction: a leg was stored before, or a statistic has changed."""
    codes = [reason.get("Code", "None") for reason in reasons]
    if not {CONDITION_FAILED, CONFLICT} & set(codes):
        raise TransientError(f"transaction cancelled: {codes}") from error
    known = frozenset(
        (lane_key(leg.profile), leg.sort_key)
        for leg, code in zip(lesson.legs, codes, strict=False)
        if code == CONDITION_FAILED
    )
    return Learned(kept=False, known=known)


def _statistic_fields(statistic: Statistic) -> Item:
    """Return a statistic as attributes, numbers with all digits, so that it reads back as it was learned."""
    if isinstance(statistic, Residuals):
        fields: Item = {"bins": {"B": _BINS.pack(*statistic.bins)}}
    elif isinstance(statistic, QualityWeek):
        fields = {"sums": {"B": _SUMS.pack(*statistic.sums)}}
    else:
        fields = {
            field.encode_name: _exactly(getattr(statistic, field.name))
            for field in msgspec.structs.fields(statistic)
        }
    return fields | {"updated_at": to_attribute(datetime.now(UTC).isoformat()), "expires_at": _expiry()}


def _read_known(item: Item) -> Known:
    return Known(_read_statistic(item), from_attribute(item["state_version"]))


def _read_statistic(item: Item) -> Statistic:
    """Return the statistic that a row holds.

    Its kind is not stored: each kind has an attribute or a pair of attributes that no other kind has.
    """
    if "bins" in item:
        return Residuals(bins=_BINS.unpack(item["bins"]["B"]))
    if "sums" in item:
        return QualityWeek(sums=_SUMS.unpack(item["sums"]["B"]))
    if "imported_legs" in item:
        return ImportedFile(imported_legs=int(from_attribute(item["imported_legs"])))
    if "x" in item and "xy" not in item:
        return Widening(excess=from_attribute(item["x"]), count=from_attribute(item["n"]))
    if "planned_minutes" in item:
        return Plan(planned_minutes=from_attribute(item["planned_minutes"]))
    names = ("v", "n", "l10", "l90", "x", "y", "xx", "xy")
    numbers = {name: from_attribute(item[name]) for name in names if name in item}
    if "xy" in item:
        return msgspec.convert(numbers, PaceRegression)
    if "l10" in item and "v" in item:
        return msgspec.convert(numbers, DurationStatistics)
    return msgspec.convert(numbers, Spread) if "l10" in item else msgspec.convert(numbers, Level)


def _exactly(value: Any) -> dict[str, Any]:
    """Return a plain value as an attribute, floats with all their digits."""
    if isinstance(value, float):
        return {"N": repr(value)}
    if isinstance(value, dict):
        return {"M": {name: _exactly(entry) for name, entry in value.items()}}
    if isinstance(value, list | tuple):
        return {"L": [_exactly(entry) for entry in value]}
    return to_attribute(value)


def _expiry() -> dict[str, Any]:
    return {"N": str(int(time.time()) + KEPT_FOR_S)}
