"""Adapters as most people write them: one plain boto3 call per thing to be done, and no more than that.

The line above them is the product's own, so that all rows do the same work per event. They leave out what
makes it exactly-once (the mark of a pending change), which only makes the peers cheaper.
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
from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.live import encode_frame, shipment_group
from tracking.ports import Commit, Outcome, TrackingPorts
from workers.changes import split_change
from workers.places.index import OfflinePlaces
from workers.ports import Refusal, WorkerPorts

TABLE, BUS, STREAM, SET_ASIDE = "bench-tracking", "bench-bus", "bench-scans", "bench-set-aside"


def make_client(service: str) -> Any:
    """A boto3 client with everything at its default; address and keys are in the environment."""
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


class PlainStore:
    """`ShipmentStore` by GetItem and PutItem, one at a time."""

    def __init__(self) -> None:
        self._client = make_client("dynamodb")

    def read_states(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """One GetItem per shipment."""
        states = {shipment_id: self.read_state(shipment_id) for shipment_id in shipment_ids}
        return {shipment_id: state for shipment_id, state in states.items() if state is not None}

    def read_state(self, shipment_id: str) -> ShipmentState | None:
        """The current state of one shipment: one GetItem."""
        answer = self._client.get_item(TableName=TABLE, Key=state_key(shipment_id), ConsistentRead=True)
        return read_state(answer["Item"]) if "Item" in answer else None

    def commit(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Each row, then the state on its version."""
        return [self._commit(commit) for commit in commits]

    def read_timeline(self, shipment_id: str) -> list[TrackingEvent]:
        """Not needed: the bench sends nothing late."""
        raise NotImplementedError(shipment_id)

    def read_waiting(self, events: Sequence[TrackingEvent]) -> list[Change]:
        """Nothing waits: a change that was not published is lost."""
        return []

    def read_pending(self, older_than: datetime) -> list[Change]:
        """Nothing waits."""
        return []

    def clear_pending(self, changes: Sequence[Change]) -> None:
        """Nothing waits."""

    def keep_first_receipts(self, scans: Sequence[Scan]) -> dict[tuple[str, str], datetime]:
        """Not needed: what the bench sends has a time."""
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
        """Each change as it comes."""
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
        """All of them: a plain consumer publishes what it has and asks nobody."""
        return set(shipment_ids)

    def push_shipment(self, shipment_id: str, frame: dict[str, Any], vehicle_id: str | None = None) -> None:
        """To those who watch the shipment."""
        self._redis.publish(shipment_group(shipment_id), encode_frame(frame))

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Not needed: the bench sends no vehicle alone."""
        raise NotImplementedError

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """To the consoles."""
        self._redis.publish("ops", encode_frame(frame))

    def read_fleet(self) -> list[dict[str, Any]]:
        """Not needed here."""
        return []


class PlainQuarantine:
    """`Quarantine` by one PutItem per record."""

    def __init__(self) -> None:
        self._client = make_client("dynamodb")

    def put(self, refusals: Sequence[Refusal]) -> None:
        """Keep each record with its reason."""
        for refusal in refusals:
            item = {"position": {"S": refusal.record.stream_position}, "raw": {"B": refusal.record.raw}}
            self._client.put_item(TableName=SET_ASIDE, Item=item | {"reason": {"S": refusal.reason}})


def wire_plainly() -> tuple[TrackingPorts, WorkerPorts]:
    """The ports that the line needs, with these adapters."""
    nothing: Any = None
    tracking = TrackingPorts(
        store=PlainStore(), stream=nothing, live=PlainPush(), vehicles=MemoryVehicleStore()
    )
    quarantine: Any = PlainQuarantine()
    workers = WorkerPorts(
        stream=nothing,
        leases=nothing,
        quarantine=quarantine,
        bus=PlainBus(),
        queues=nothing,
        places=OfflinePlaces(),
    )
    return tracking, workers
