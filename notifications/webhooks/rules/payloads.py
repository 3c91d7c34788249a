"""Body of a webhook: the whole change, or a thin one with the ids to fetch the rest by."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from notifications.webhooks.rules.filters import SHIPMENT_PREFIX
from tracking.domain.events import Change, format_time

MAX_BYTES = 20 * 1024
CHANGE_PREFIX, ID_PREFIX = "chg_", "msg_"


def name_message(change_id: str) -> str:
    """Return the id of the webhook of a change: the same for each attempt, each replay and each endpoint."""
    return ID_PREFIX + change_id.removeprefix(CHANGE_PREFIX)


def name_change(message_id: str) -> str:
    """Return the id of the change whose webhook has this id."""
    return CHANGE_PREFIX + message_id.removeprefix(ID_PREFIX)


def name_event(type_name: str, *subject: object) -> str:
    """Return the id of a webhook that is not about a change: the same for the same type and subject."""
    key = "\0".join([type_name, *map(str, subject)])
    return ID_PREFIX + hashlib.sha256(key.encode()).hexdigest()[:32]


def choose_body(change: Change, full: str, thin: bool) -> bytes:
    """Return the bytes to send for a change.

    `full` is the JSON of the change and its shipment as in the feed. An endpoint that is set to `thin`, and a
    change whose JSON is longer than 20 KB, get the thin body.
    """
    encoded = full.encode()
    return make_thin(change) if thin or len(encoded) > MAX_BYTES else encoded


def choose_stored_body(full: str, thin: bool) -> bytes:
    """Return the bytes to send for a change of which only its JSON in the feed is left."""
    encoded = full.encode()
    if not thin and len(encoded) <= MAX_BYTES:
        return encoded
    body = json.loads(full)
    return make_body(body["type"], body["timestamp"], _pick(body["data"]["change"].__getitem__))


def make_thin(change: Change) -> bytes:
    """Return the thin body: type, time, and ids of change and shipment; no facts."""
    picked = _pick(partial(getattr, change))
    return make_body(SHIPMENT_PREFIX + change.type, format_time(change.recorded_at), picked)


def make_body(type_name: str, timestamp: str, data: Mapping[str, Any]) -> bytes:
    """Return the body of a webhook of this type, with its time in RFC 3339 and its data."""
    body = {"type": type_name, "timestamp": timestamp, "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _pick(read: Callable[[str], Any]) -> dict[str, Any]:
    return {name: read(name) for name in ("change_id", "shipment_id", "state_version", "livemode")}
