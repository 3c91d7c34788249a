"""Shared data of the tests of tracking: a booking with personal data, recorded events, an API client."""

import json
import string
from typing import Any

from tests.events import at
from tracking.domain.events import Change, TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.models import IdSeries, Partner
from tracking.ports import ShipmentStore
from workers.line.record import record_events

# Personal data in every booking; it must never be found where the public can read.
SECRETS = ("Asha", "Raghavan", "9845012345", "asha@example.com", "Sampige", "gate-4711")

BOOKING: dict[str, Any] = {
    "shipment_id": "123",
    "reference": "order-77-gate-4711",
    "recipient": {
        "name": "Asha Raghavan",
        "phone": "98450 12345",
        "email": "asha@example.com",
        "address": "12 Sampige Road, Malleshwaram",
        "pin_code": "560034",
        "language": "hi",
        "consent": {"sms": True, "email": True},
    },
    "origin_hub": "BLR-PNY",
    "destination_hub": "BLR-KRM",
    "promised": {"from": "2026-11-22T13:00:00+05:30", "to": "2026-11-22T16:00:00+05:30"},
    "planned_minutes": 90,
    "metadata": {"order": "gate-4711"},
}


def find_secrets(*texts: object) -> list[str]:
    """List the secrets that these texts contain."""
    whole = " ".join(text.decode() if isinstance(text, bytes) else str(text) for text in texts)
    return [secret for secret in SECRETS if secret in whole]


def record_timeline(store: ShipmentStore, *events: TrackingEvent) -> tuple[list[Change], ShipmentState]:
    """Record events of one shipment; return the separate changes they cause, and the resulting state."""
    shipment_id = events[0].shipment_id or ""
    recorded = record_events(store, store.read_states([shipment_id]), events, at(5000))
    state = store.read_state(shipment_id)
    assert state is not None
    return [change for first in recorded.changes for change in (first, *first.also)], state


def give_series(
    partner: Partner, prefixes: str = string.digits + string.ascii_lowercase, *, livemode: bool = True
) -> Partner:
    """Let the partner book under all ids that begin with one of these characters."""
    IdSeries.objects.bulk_create(
        IdSeries(prefix=prefix, partner=partner, livemode=livemode) for prefix in prefixes
    )
    return partner


class Api:
    """API client of a partner: sends JSON with its key."""

    def __init__(self, client: Any, key: str) -> None:
        self._client = client
        self.key = key

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(path, headers=self._headers(headers))

    def post(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._client.post(path, sent, content_type=content_type, headers=self._headers(headers))

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("patch", path, body, headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("put", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self._client.delete(path, headers=self._headers(headers))

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        sent = json.dumps(body).encode()
        call = getattr(self._client, method)
        return call(path, sent, content_type="application/json", headers=self._headers(headers))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} | {
            name.replace("_", "-"): value for name, value in more.items()
        }
