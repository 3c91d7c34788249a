"""One valid call of every operation of the document, so that a test can try each with any key."""

from typing import Any, NamedTuple

from tests.tracking.photos import draw_form
from tests.tracking.stories import BOOKING

EVENT = {"shipment_id": "123", "lat": 12.9716, "lon": 77.5946, "status": "in_transit"}
CORRECTION = {"kind": "retract", "reason": "did_not_occur"}


class Call(NamedTuple):
    """A request, the scope it needs, and whether it is about one thing that belongs to somebody."""

    method: str
    path: str
    scope: str
    body: Any = None
    form: Any = None
    of_somebody: bool = True

    def send(self, client: Any, key: str | None) -> Any:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if self.form is not None:
            return client.post(self.path, draw_form(**self.form), headers=headers)
        if self.body is None:
            return getattr(client, self.method)(self.path, headers=headers)
        call = getattr(client, self.method)
        return call(self.path, self.body, content_type="application/json", headers=headers)


# What `incident` and `delivery` stand for is known only once they are there.
CALLS: dict[str, Call] = {
    "list_shipments": Call("get", "/api/v1/shipments", "shipments:read", of_somebody=False),
    "book_shipment": Call(
        "post", "/api/v1/shipments", "shipments:write", BOOKING | {"shipment_id": "new"}, of_somebody=False
    ),
    "book_shipments": Call(
        "post", "/api/v1/shipments/batch", "shipments:write", {"shipments": [BOOKING]}, of_somebody=False
    ),
    "read_shipment": Call("get", "/api/v1/shipments/123", "shipments:read"),
    "change_shipment": Call("patch", "/api/v1/shipments/123", "shipments:write", {"reference": "r"}),
    "cancel_shipment": Call("delete", "/api/v1/shipments/123", "shipments:write"),
    "list_events": Call("get", "/api/v1/shipments/123/events", "events:read"),
    "explain_shipment": Call("get", "/api/v1/shipments/123/explain", "events:read"),
    "correct_event": Call(
        "post", "/api/v1/shipments/123/events/e0/corrections", "events:correct", CORRECTION
    ),
    "list_proofs": Call("get", "/api/v1/shipments/123/proofs", "proofs:read"),
    "add_proof": Call("post", "/api/v1/shipments/123/proofs", "proofs:write", form={"kind": "photo"}),
    "read_tracking": Call("get", "/api/v1/tracking/123", "tracking:read"),
    "read_tracking_batch": Call(
        "post", "/api/v1/tracking/batch", "tracking:read", {"shipment_ids": ["123"]}, of_somebody=False
    ),
    "report_events": Call("post", "/api/v1/events", "events:write", EVENT),
    "list_changes": Call("get", "/api/v1/changes", "events:read", of_somebody=False),
    "list_incidents": Call("get", "/api/v1/incidents", "incidents:read", of_somebody=False),
    "read_incident": Call("get", "/api/v1/incidents/{incident}", "incidents:read"),
    "acknowledge_incident": Call("post", "/api/v1/incidents/{incident}/acknowledge", "incidents:write"),
    "resolve_incident": Call(
        "post", "/api/v1/incidents/{incident}/resolve", "incidents:write", {"resolution_code": "other"}
    ),
    "list_vehicles": Call("get", "/api/v1/vehicles", "vehicles:read", of_somebody=False),
    "register_vehicle": Call(
        "post", "/api/v1/vehicles", "vehicles:write", {"vehicle_id": "KA-9"}, of_somebody=False
    ),
    "read_vehicle": Call("get", "/api/v1/vehicles/KA-1", "vehicles:read"),
    "change_vehicle": Call("patch", "/api/v1/vehicles/KA-1", "vehicles:write", {"label": "Van 1"}),
    "remove_vehicle": Call("delete", "/api/v1/vehicles/KA-1", "vehicles:write"),
    "list_positions": Call("get", "/api/v1/vehicles/KA-1/positions", "vehicles:read"),
    "list_manifests": Call("get", "/api/v1/manifests", "vehicles:read", of_somebody=False),
    "open_manifest": Call(
        "post",
        "/api/v1/manifests",
        "vehicles:write",
        {"vehicle_id": "KA-2", "starts_at": "2026-11-22T07:00:00Z"},
        of_somebody=False,
    ),
    "read_manifest": Call("get", "/api/v1/manifests/{manifest}", "vehicles:read"),
    "change_manifest": Call(
        "patch",
        "/api/v1/manifests/{manifest}",
        "vehicles:write",
        {"add": [{"shipment_id": "123", "sequence": 1}]},
    ),
    "close_manifest": Call("post", "/api/v1/manifests/{manifest}/close", "vehicles:write"),
    "read_lane": Call("get", "/api/v1/lanes/BLR-PNY/BLR-KRM", "shipments:read", of_somebody=False),
    "plan_lane": Call(
        "put", "/api/v1/lanes/BLR-PNY/BLR-KRM", "shipments:write", {"planned_minutes": 9}, of_somebody=False
    ),
    "list_webhook_endpoints": Call("get", "/api/v1/webhook-endpoints", "webhooks:read", of_somebody=False),
    "create_webhook_endpoint": Call(
        "post",
        "/api/v1/webhook-endpoints",
        "webhooks:write",
        {"url": "https://hooks.example.com/in"},
        of_somebody=False,
    ),
    "read_webhook_endpoint": Call("get", "/api/v1/webhook-endpoints/whe_1", "webhooks:read"),
    "change_webhook_endpoint": Call(
        "patch", "/api/v1/webhook-endpoints/whe_1", "webhooks:write", {"thin": True}
    ),
    "delete_webhook_endpoint": Call("delete", "/api/v1/webhook-endpoints/whe_1", "webhooks:write"),
    "rotate_webhook_secret": Call("post", "/api/v1/webhook-endpoints/whe_1/rotate-secret", "webhooks:write"),
    "test_webhook_endpoint": Call("post", "/api/v1/webhook-endpoints/whe_1/test", "webhooks:write"),
    "replay_webhooks": Call(
        "post", "/api/v1/webhook-endpoints/whe_1/replay", "webhooks:write", {"message_ids": ["msg_1"]}
    ),
    "list_webhook_deliveries": Call("get", "/api/v1/webhook-deliveries", "webhooks:read", of_somebody=False),
    "read_webhook_delivery": Call("get", "/api/v1/webhook-deliveries/{delivery}", "webhooks:read"),
    "redeliver_webhook": Call("post", "/api/v1/webhook-deliveries/{delivery}/redeliver", "webhooks:write"),
    "read_usage": Call("get", "/api/v1/usage", "usage:read", of_somebody=False),
}
