"""Body of a webhook: the whole change, or a thin one with the ids to fetch the rest by."""

import json

from notifications.webhooks.rules.filters import SHIPMENT_PREFIX
from tracking.domain.events import Change, format_time

MAX_BYTES = 20 * 1024
CHANGE_PREFIX, ID_PREFIX = "chg_", "msg_"


def name_message(change_id: str) -> str:
    """Return the id of the webhook of a change: the same for each attempt, each replay and each endpoint."""
    return ID_PREFIX + change_id.removeprefix(CHANGE_PREFIX)


def choose_body(change: Change, full: str, thin: bool) -> bytes:
    """Return the bytes to send for a change.

    `full` is the JSON of the change and its shipment as in the feed. An endpoint that is set to `thin`, and a
    change whose JSON is longer than 20 KB, get the thin body.
    """
    encoded = full.encode()
    return make_thin(change) if thin or len(encoded) > MAX_BYTES else encoded


def make_thin(change: Change) -> bytes:
    """Return the thin body: type, time, and ids of change and shipment; no facts."""
    body = {
        "type": SHIPMENT_PREFIX + change.type,
        "timestamp": format_time(change.recorded_at),
        "data": {
            "change_id": change.change_id,
            "shipment_id": change.shipment_id,
            "state_version": change.state_version,
            "livemode": change.livemode,
        },
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
