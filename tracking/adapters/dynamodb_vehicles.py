"""Vehicles in DynamoDB: positions, the newest one, and the manifest, all in the vehicle's own partition."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import msgspec

from tracking.adapters.aws import AWS_ERRORS, as_our_error, build_client
from tracking.adapters.items import (
    STATE_KEY,
    Item,
    event_key,
    fix_item,
    from_attribute,
    read_event,
    to_attribute,
    vehicle_partition,
)
from tracking.adapters.reads import query_pages, read_items
from tracking.adapters.statements import insert_statement, run_statements
from tracking.domain.events import TrackingEvent
from tracking.domain.vehicles import (
    VehicleManifest,
    VehicleState,
    find_fix_memories,
    find_newest_fixes,
    order_of_fix,
)

MANIFEST_KEY = "~manifest"
# A key must not be empty; every time sorts after this.
BEFORE_ALL = "0"
SIDE_BY_SIDE = 4
OWNERS_LAST_S = 60.0
OWNERS_KEPT = 50_000


class DynamoVehicleStore:
    """Vehicles in the table `tracking`, under `vehicle#<id>`; conditions keep what is older from winning."""

    def __init__(self, table: str) -> None:
        self._table = table
        # By vehicle: until when (monotonic) what is known of its owner holds, and the owner.
        self._owners: dict[str, tuple[float, str | None]] = {}

    @cached_property
    def _client(self) -> Any:
        return build_client("dynamodb", hot=True)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="vehicles")

    def record_fixes(self, fixes: Sequence[TrackingEvent]) -> dict[str, VehicleState]:
        """Each position by INSERT, then one conditional update per vehicle."""
        unique = {(fix.vehicle_id, fix.sort_key): fix for fix in fixes}
        run_statements(
            self._client, [insert_statement(self._table, fix_item(fix)) for fix in unique.values()]
        )
        newest, memories = find_newest_fixes(fixes), find_fix_memories(fixes)
        known = [memories.get(vehicle_id, "") for vehicle_id in newest]
        moved = zip(newest, self._pool.map(self._move, newest.values(), known), strict=True)
        for vehicle_id in memories.keys() - newest.keys():
            self._remember(vehicle_id, memories[vehicle_id])
        return {vehicle_id: state for vehicle_id, state in moved if state is not None}

    def read_vehicles(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleState]:
        """The states of vehicles, 100 a call."""
        states = [_read_state(item) for item in self._read(vehicle_ids, STATE_KEY)]
        return {state.vehicle_id: state for state in states}

    def read_owners(self, vehicle_ids: Sequence[str]) -> dict[str, str]:
        """The partners of vehicles, remembered for a minute, so that a batch seldom asks."""
        now = time.monotonic()
        unknown = [key for key in vehicle_ids if self._owners.get(key, (0.0, None))[0] < now]
        if unknown:
            states = self.read_vehicles(unknown)
            until = now + OWNERS_LAST_S
            if len(self._owners) > OWNERS_KEPT:
                self._owners.clear()
            known = {key: states[key].partner_id if key in states else None for key in unknown}
            self._owners |= {key: (until, partner_id) for key, partner_id in known.items()}
        owners = {key: self._owners[key][1] for key in vehicle_ids}
        return {key: partner_id for key, partner_id in owners.items() if partner_id is not None}

    def read_fixes(self, vehicle_id: str, after: str, until: str, limit: int) -> list[TrackingEvent]:
        """Positions between two sort keys, by one query for as many pages as it takes."""
        if not after < until:
            return []
        pages = query_pages(
            self._client,
            TableName=self._table,
            KeyConditionExpression="shipment_id = :vehicle AND #timestamp BETWEEN :after AND :until",
            ExpressionAttributeNames={"#timestamp": "timestamp"},
            ExpressionAttributeValues={
                ":vehicle": {"S": vehicle_partition(vehicle_id)},
                ":after": {"S": after or BEFORE_ALL},
                ":until": {"S": until},
            },
            # BETWEEN takes both ends in, and neither is wanted.
            Limit=limit + 2,
        )
        fixes: list[TrackingEvent] = []
        for page in pages:
            found = [_read_fix(item) for item in page if after < item["timestamp"]["S"] < until]
            fixes += [fix for fix in found if not _is_over(fix)]
            if len(fixes) >= limit:
                break
        return fixes[:limit]

    def keep_owner(self, vehicle_id: str, partner_id: str | None) -> None:
        """One update of the vehicle's state, which may not be there yet."""
        self._update(
            vehicle_id,
            UpdateExpression="SET partner_id = :partner",
            ExpressionAttributeValues={":partner": to_attribute(partner_id)},
        )

    def keep_manifest(self, manifest: VehicleManifest) -> None:
        """One put on condition that what is kept is older."""
        item = {name: to_attribute(value) for name, value in msgspec.to_builtins(manifest).items()}
        item |= event_key(vehicle_partition(manifest.vehicle_id), MANIFEST_KEY)
        self._write(
            self._client.put_item,
            Item=item | {"manifest_order": {"S": manifest.order}},
            ConditionExpression="attribute_not_exists(manifest_order) OR manifest_order < :order",
            ExpressionAttributeValues={":order": {"S": manifest.order}},
        )

    def drop_manifest(self, vehicle_id: str, manifest_id: str) -> None:
        """One delete on condition that it is this manifest."""
        self._write(
            self._client.delete_item,
            Key=event_key(vehicle_partition(vehicle_id), MANIFEST_KEY),
            ConditionExpression="manifest_id = :manifest",
            ExpressionAttributeValues={":manifest": {"S": manifest_id}},
        )

    def read_manifests(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleManifest]:
        """The manifests of vehicles, 100 a call."""
        manifests = [
            msgspec.convert(_plain(item), VehicleManifest) for item in self._read(vehicle_ids, MANIFEST_KEY)
        ]
        return {manifest.vehicle_id: manifest for manifest in manifests}

    def _read(self, vehicle_ids: Sequence[str], sort_key: str) -> list[Item]:
        partitions = [vehicle_partition(vehicle_id) for vehicle_id in dict.fromkeys(vehicle_ids)]
        return read_items(self._client, self._table, [event_key(key, sort_key) for key in partitions])

    def _remember(self, vehicle_id: str, memory: str) -> None:
        """What cleaning goes on from, after positions of which none counted."""
        self._update(
            vehicle_id,
            UpdateExpression="SET fix_memory = :memory",
            ExpressionAttributeValues={":memory": {"S": memory}},
        )

    def _move(self, fix: TrackingEvent, memory: str) -> VehicleState | None:
        """The vehicle with this as its newest position, or None if it has a newer one."""
        answer = self._update(
            fix.vehicle_id or "",
            UpdateExpression=(
                "SET fix = :fix, newest = :newest, fix_memory = :memory ADD vehicle_version :one"
            ),
            ConditionExpression="attribute_not_exists(newest) OR newest < :newest",
            ExpressionAttributeValues={
                ":fix": to_attribute(msgspec.to_builtins(fix)),
                ":newest": {"S": order_of_fix(fix)},
                ":memory": {"S": memory},
                ":one": {"N": "1"},
            },
            ReturnValues="ALL_NEW",
        )
        return None if answer is None else _read_state(answer["Attributes"])

    def _update(self, vehicle_id: str, **request: Any) -> dict[str, Any] | None:
        key = event_key(vehicle_partition(vehicle_id), STATE_KEY)
        return self._write(self._client.update_item, Key=key, **request)

    def _write(self, call: Any, **request: Any) -> dict[str, Any] | None:
        """What a conditional write answers; None where its condition did not hold."""
        try:
            answer: dict[str, Any] = call(TableName=self._table, **request)
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except AWS_ERRORS as error:
            raise as_our_error(error) from error
        return answer


def _plain(item: Item) -> dict[str, Any]:
    """The row's own fields; its partition says which vehicle it is about."""
    fields = {name: from_attribute(value) for name, value in item.items()}
    return fields | {"vehicle_id": fields["shipment_id"].removeprefix(vehicle_partition(""))}


def _read_state(item: Item) -> VehicleState:
    state = msgspec.convert(_plain(item), VehicleState)
    # The row stays, since it says whose vehicle it is; what it says of the position ends.
    return msgspec.structs.replace(state, fix=None) if state.fix and _is_over(state.fix) else state


def _read_fix(item: Item) -> TrackingEvent:
    """A position as it was recorded: under a vehicle, so of no shipment."""
    return msgspec.structs.replace(read_event(item), shipment_id=None)


def _is_over(fix: TrackingEvent) -> bool:
    """Whether a position has outlived its time: deletion by TTL is lazy, so readers look themselves."""
    return 0 < fix.expires_at < time.time()
