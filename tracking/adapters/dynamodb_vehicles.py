"""Vehicle store on DynamoDB: positions, state and manifest, in one partition per vehicle."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import msgspec
from cachetools import TTLCache

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.adapters.items import (
    STATE_KEY,
    Item,
    event_key,
    fix_item,
    from_attribute,
    read_fields,
    to_attribute,
    vehicle_partition,
)
from tracking.adapters.reads import query_pages, read_items
from tracking.adapters.statements import insert_statement, run_statements
from tracking.domain.events import VehicleFix
from tracking.domain.legs import ANY_CLASS
from tracking.domain.vehicles import (
    Owner,
    Registration,
    VehicleManifest,
    VehicleState,
    find_fix_memories,
    find_newest_fixes,
    hide_earlier_owners,
    is_fix_of,
    order_of_fix,
)

MANIFEST_KEY = "~manifest"
# A key must not be empty; every sort key sorts after this one.
BEFORE_ALL = "0"
THREADS = 4
REGISTRATIONS_FRESH_S = 60.0
REGISTRATIONS_CACHED = 50_000


class DynamoVehicleStore:
    """`VehicleStore` on the table `tracking`, partitions `vehicle#<id>`. Older data never replaces newer."""

    def __init__(self, table: str) -> None:
        self._table = table
        # Registration of each vehicle; None for a vehicle without one.
        self._registrations: TTLCache[str, Registration | None, float] = TTLCache(
            REGISTRATIONS_CACHED, REGISTRATIONS_FRESH_S
        )
        self._registrations_lock = threading.Lock()

    @cached_property
    def _client(self) -> Any:
        return build_client("dynamodb", hot=True)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, thread_name_prefix="vehicles")

    def record_fixes(self, fixes: Sequence[VehicleFix]) -> dict[str, VehicleState]:
        """Write each position by INSERT, then one conditional update per vehicle."""
        unique = {(fix.vehicle_id, fix.sort_key): fix for fix in fixes}
        run_statements(
            self._client, [insert_statement(self._table, fix_item(fix)) for fix in unique.values()]
        )
        newest, memories = find_newest_fixes(fixes), find_fix_memories(fixes)
        newest_memories = [memories.get(vehicle_id, "") for vehicle_id in newest]
        moved = zip(
            newest, self._pool.map(self._replace_newest_fix, newest.values(), newest_memories), strict=True
        )
        for vehicle_id in memories.keys() - newest.keys():
            self._write_memory(vehicle_id, memories[vehicle_id])
        return {
            vehicle_id: state for vehicle_id, state in moved if state is not None and state.fix is not None
        }

    def read_vehicles(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleState]:
        """Return the states of vehicles, 100 per call."""
        states = [_read_state(item) for item in self._read(vehicle_ids, STATE_KEY)]
        return {state.vehicle_id: state for state in states}

    def read_registrations(
        self, vehicle_ids: Sequence[str], *, fresh: bool = False
    ) -> dict[str, Registration]:
        """Return registrations of vehicles, at most a minute old, so that a batch seldom needs a read."""
        with self._registrations_lock, self._registrations.timer:
            cached = {} if fresh else self._registrations
            found = {key: cached[key] for key in vehicle_ids if key in cached}
        missing = [key for key in vehicle_ids if key not in found]
        if missing:
            states = self.read_vehicles(missing)
            read = {key: states[key].registration if key in states else None for key in missing}
            with self._registrations_lock:
                self._registrations.update(read)
            found |= read
        return {key: registration for key, registration in found.items() if registration is not None}

    def read_fixes(
        self, vehicle_id: str, owner: Owner | None, after: str, until: str, limit: int
    ) -> list[VehicleFix]:
        """Return up to `limit` positions after the sort key `after` and before `until`, oldest first.

        A time as text may stand for a sort key. Positions under another owner are left out.
        """
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
            # BETWEEN includes both ends, which are then left out.
            Limit=limit + 2,
        )
        fixes: list[VehicleFix] = []
        for page in pages:
            found = [_read_fix(item) for item in page if after < item["timestamp"]["S"] < until]
            fixes += [fix for fix in found if is_fix_of(fix, owner) and not _is_expired(fix)]
            if len(fixes) >= limit:
                break
        return fixes[:limit]

    def keep_registration(self, vehicle_id: str, registration: Registration | None) -> None:
        """Write owner and class by one update of the vehicle's state, which may not exist yet."""
        owner = registration.owner if registration else None
        self._update(
            vehicle_id,
            UpdateExpression=(
                "SET partner_id = :partner, livemode = :livemode, vehicle_class = :vehicle_class"
            ),
            ExpressionAttributeValues={
                ":partner": to_attribute(owner.partner_id if owner else None),
                ":livemode": to_attribute(owner.livemode if owner else True),
                ":vehicle_class": to_attribute(registration.vehicle_class if registration else ANY_CLASS),
            },
        )

    def keep_manifest(self, manifest: VehicleManifest) -> None:
        """Put the manifest, on condition that the stored one is older."""
        item = {name: to_attribute(value) for name, value in msgspec.to_builtins(manifest).items()}
        item |= event_key(vehicle_partition(manifest.vehicle_id), MANIFEST_KEY)
        self._write(
            self._client.put_item,
            Item=item | {"manifest_order": {"S": manifest.order}},
            ConditionExpression="attribute_not_exists(manifest_order) OR manifest_order < :order",
            ExpressionAttributeValues={":order": {"S": manifest.order}},
        )

    def drop_manifest(self, vehicle_id: str, manifest_id: str) -> None:
        """Delete the stored manifest, on condition that it is this one."""
        self._write(
            self._client.delete_item,
            Key=event_key(vehicle_partition(vehicle_id), MANIFEST_KEY),
            ConditionExpression="manifest_id = :manifest",
            ExpressionAttributeValues={":manifest": {"S": manifest_id}},
        )

    def read_manifests(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleManifest]:
        """Return the manifests of vehicles, 100 per call."""
        manifests = [
            msgspec.convert(_plain(item), VehicleManifest) for item in self._read(vehicle_ids, MANIFEST_KEY)
        ]
        return {manifest.vehicle_id: manifest for manifest in manifests}

    def _read(self, vehicle_ids: Sequence[str], sort_key: str) -> list[Item]:
        partitions = [vehicle_partition(vehicle_id) for vehicle_id in dict.fromkeys(vehicle_ids)]
        return read_items(self._client, self._table, [event_key(key, sort_key) for key in partitions])

    def _write_memory(self, vehicle_id: str, memory: str) -> None:
        """Write the memory of cleaning, after positions of which none counted."""
        self._update(
            vehicle_id,
            UpdateExpression="SET fix_memory = :memory",
            ExpressionAttributeValues={":memory": {"S": memory}},
        )

    def _replace_newest_fix(self, fix: VehicleFix, memory: str) -> VehicleState | None:
        """Store position and track memory as the newest.

        Return the vehicle, or None if it has a newer position.
        """
        # The memory is stored once, beside the position: twice, the row would be larger than a write unit.
        fields = msgspec.to_builtins(fix)
        fields.pop("fix_memory", None)
        answer = self._update(
            fix.vehicle_id,
            UpdateExpression=(
                "SET fix = :fix, newest = :newest, fix_memory = :memory ADD vehicle_version :one"
            ),
            ConditionExpression="attribute_not_exists(newest) OR newest < :newest",
            ExpressionAttributeValues={
                ":fix": to_attribute(fields),
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
        """Make a conditional write; return the answer, or None if the condition did not hold."""
        try:
            answer: dict[str, Any] = call(TableName=self._table, **request)
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return answer


def _read_vehicle_id(item: Item) -> str:
    return str(item["shipment_id"]["S"]).removeprefix(vehicle_partition(""))


def _plain(item: Item) -> dict[str, Any]:
    """Return the fields of a row, with the vehicle id from its partition key."""
    fields = {name: from_attribute(value) for name, value in item.items()}
    return fields | {"vehicle_id": _read_vehicle_id(item)}


def _read_state(item: Item) -> VehicleState:
    state = hide_earlier_owners(msgspec.convert(_plain(item), VehicleState))
    # The row stays, since it names the owner; its position expires.
    return msgspec.structs.replace(state, fix=None) if state.fix and _is_expired(state.fix) else state


def _read_fix(item: Item) -> VehicleFix:
    """Return the position of a row under a vehicle."""
    subject = {"vehicle_id": _read_vehicle_id(item), "shipment_id": None}
    return msgspec.convert(read_fields(item) | subject, VehicleFix)


def _is_expired(fix: VehicleFix) -> bool:
    """Return whether a position has expired. DynamoDB deletes expired rows late, so readers check."""
    return 0 < fix.expires_at < time.time()
