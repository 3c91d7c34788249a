"""Adapters as most people write them: one plain boto3 call per item.

The pipeline above them is the product's own, so that all rows do the same work per event. The adapters leave
out the mark of a pending change, which exactly-once needs; that only makes the peers cheaper.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import boto3
import redis
from botocore.exceptions import ClientError

from tracking.adapters.items import event_item, read_state, state_item, state_key
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.changes import split_change
from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.live import encode_frame, shipment_group
from tracking.ports import Commit, Outcome, TrackingPorts
from workers.places.index import OfflinePlaces
from workers.ports import Refusal, WorkerPorts

TABLE, BUS, STREAM, QUARANTINE = "bench-tracking", "bench-bus", "bench-scans", "bench-set-aside"


def make_client(service: str) -> Any:
    """Make a boto3 client with default settings; endpoint and keys come from the environment."""
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


class PlainStore:
    """`ShipmentStore` by GetItem and PutItem, one at a time."""

    def __init__(self) -> None:
        self._client = make_client("dynamodb")

    def read_states(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """Read states with one GetItem per shipment."""
        states = {shipment_id: self.read_state(shipment_id) for shipment_id in shipment_ids}
        return {shipment_id: state for shipment_id, state in states.items() if state is not None}

    def read_state(self, shipment_id: str) -> ShipmentState | None:
        """Return the current state of one shipment with one GetItem, or None."""
        answer = self._client.get_item(TableName=TABLE, Key=state_key(shipment_id), ConsistentRead=True)
        return read_state(answer["Item"]) if "Item" in answer else None

    def commit(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Put each event, then the state if its version is unchanged."""
        return [self._commit(commit) for commit in commits]

    def read_timeline(self, shipment_id: str) -> list[TrackingEvent]:
        """Raise: the bench sends no late events."""
        raise NotImplementedError(shipment_id)

    def read_waiting(self, events: Sequence[TrackingEvent]) -> list[Change]:
        """Return no changes: one that was not published is lost."""
        return []

    def read_pending(self, older_than: datetime) -> list[Change]:
        """Return no changes: none is marked as pending."""
        return []

    def clear_pending(self, changes: Sequence[Change]) -> None:
        """Do nothing: no change is marked as pending."""

    def keep_first_arrivals(self, scans: Sequence[Scan]) -> dict[tuple[str, str], datetime]:
        """Raise: every scan of the bench has a timestamp."""
        raise NotImplementedError

    def _commit(self, commit: Commit) -> Outcome:
        for row in commit.events:
            condition = {"ConditionExpression": "attribute_not_exists(change_id)"} if row.change else {}
            self._client.put_item(TableName=TABLE, Item=event_item(row), **condition)
        assert commit.before is not None
        try:
            self._client.put_item(
                TableName=TABLE,
                Item=state_item(commit.after),
                ConditionExpression="state_version = :seen",
                ExpressionAttributeValues={":seen": {"N": str(commit.before.state_version)}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return Outcome(committed=False, current=self.read_state(commit.shipment_id))
        return Outcome(committed=True)


class PlainBus:
    """`ChangeBus` by one PutEvents per change."""

    def __init__(self) -> None:
        self._client = make_client("events")

    def publish(self, changes: Sequence[Change]) -> list[Change]:
        """Publish each change with a call of its own."""
        for change in changes:
            for single in split_change(change):
                self._client.put_events(
                    Entries=[
                        {
                            "EventBusName": BUS,
                            "Source": "bench",
                            "DetailType": single.type,
                            "Detail": encode_frame(single),
                        }
                    ]
                )
        return list(changes)


class PlainPush:
    """`LivePush` by one PUBLISH per frame."""

    def __init__(self) -> None:
        self._redis = redis.Redis.from_url(os.environ["REDIS_URL"])

    def find_watched(self, shipment_ids: Sequence[str]) -> set[str]:
        """Return all of them: a plain consumer publishes every frame without asking who watches."""
        return set(shipment_ids)

    def push_shipment(self, state: ShipmentState, frame: dict[str, Any]) -> None:
        """Publish to the shipment's group."""
        self._redis.publish(shipment_group(state.shipment_id), encode_frame(frame))

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Raise: the bench sends no vehicle positions without a shipment."""
        raise NotImplementedError

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """Publish to the operations consoles."""
        self._redis.publish("ops", encode_frame(frame))

    def read_fleet(self) -> list[dict[str, Any]]:
        """Return nothing: the bench does not read the fleet."""
        return []


class PlainQuarantine:
    """`Quarantine` by one PutItem per record."""

    def __init__(self) -> None:
        self._client = make_client("dynamodb")

    def put(self, refusals: Sequence[Refusal]) -> None:
        """Put each record with its reason."""
        for refusal in refusals:
            item = {"position": {"S": refusal.record.stream_position}, "raw": {"B": refusal.record.raw}}
            self._client.put_item(TableName=QUARANTINE, Item=item | {"reason": {"S": refusal.reason}})


def wire_plain_adapters() -> tuple[TrackingPorts, WorkerPorts]:
    """Return the ports that the pipeline needs, with these adapters."""
    unused: Any = None
    tracking = TrackingPorts(
        store=PlainStore(), stream=unused, live=PlainPush(), vehicles=MemoryVehicleStore()
    )
    quarantine: Any = PlainQuarantine()
    workers = WorkerPorts(
        stream=unused,
        leases=unused,
        quarantine=quarantine,
        bus=PlainBus(),
        queues=unused,
        places=OfflinePlaces(),
    )
    return tracking, workers
