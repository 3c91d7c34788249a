"""URLs of the partner API of webhooks, below `/api/`."""

from django.urls import path

from notifications.webhooks.api.delivery_views import Deliveries, DeliveryById, Redelivered
from notifications.webhooks.api.endpoint_views import (
    EndpointById,
    Endpoints,
    EndpointTested,
    Replayed,
    SecretRotated,
)
from tracking.api.links import add_links
from tracking.api.schema import add_rules

_ENDPOINT = {"endpoint_id": "$response.body#/endpoint_id"}
_DELIVERY = {"delivery_id": "$response.body#/delivery_id"}
_NEXT = {"cursor": "$response.body#/next"}
_OF_ENDPOINT = (
    "read_webhook_endpoint",
    "change_webhook_endpoint",
    "rotate_webhook_secret",
    "test_webhook_endpoint",
    "replay_webhooks",
    "delete_webhook_endpoint",
)

add_links("create_webhook_endpoint", "201", dict.fromkeys(_OF_ENDPOINT, _ENDPOINT))
add_links(
    "test_webhook_endpoint", "201", dict.fromkeys(("read_webhook_delivery", "redeliver_webhook"), _DELIVERY)
)
add_links("list_webhook_endpoints", "200", {"list_webhook_endpoints": _NEXT})
add_links("list_webhook_deliveries", "200", {"list_webhook_deliveries": _NEXT})
_NONE = {"type": "null"}
_MOMENT = {"type": "string", "format": "date-time"}
add_rules(
    "Replay",
    [
        {
            "anyOf": [
                {
                    "required": ["message_ids"],
                    "properties": {"message_ids": {"type": "array"}, "from": _NONE, "to": _NONE},
                },
                {"required": ["from"], "properties": {"from": _MOMENT, "message_ids": _NONE}},
            ]
        }
    ],
)

# The converter `id` is registered by tracking/api/urls.py, which swiftlogix/urls.py includes first.
urlpatterns = [
    path("v1/webhook-endpoints", Endpoints.as_view(), name="webhook_endpoints"),
    path("v1/webhook-endpoints/<id:endpoint_id>", EndpointById.as_view(), name="webhook_endpoint"),
    path(
        "v1/webhook-endpoints/<id:endpoint_id>/rotate-secret", SecretRotated.as_view(), name="rotate_secret"
    ),
    path("v1/webhook-endpoints/<id:endpoint_id>/test", EndpointTested.as_view(), name="test_endpoint"),
    path("v1/webhook-endpoints/<id:endpoint_id>/replay", Replayed.as_view(), name="replay_webhooks"),
    path("v1/webhook-deliveries", Deliveries.as_view(), name="webhook_deliveries"),
    path("v1/webhook-deliveries/<id:delivery_id>", DeliveryById.as_view(), name="webhook_delivery"),
    path("v1/webhook-deliveries/<id:delivery_id>/redeliver", Redelivered.as_view(), name="redeliver"),
]
