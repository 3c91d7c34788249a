"""Digest of all public answers: two stores with the same digest answer the same about every shipment."""

import hashlib
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracking.answer import public_answer
from tracking.ports import ShipmentStore, VehicleStore
from tracking.services.reading.shipments import join_vehicles

BATCH = 100

_encode = msgspec.json.Encoder(order="sorted").encode


class AnswerDigest(NamedTuple):
    """Number of shipments and of their events, and a SHA-256 over all answers and timelines."""

    shipments: int
    events: int
    sha256: str


def digest_answers(store: ShipmentStore, vehicles: VehicleStore, now: datetime) -> AnswerDigest:
    """Return the digest of what is answered at `now` about every shipment, with its whole timeline.

    Raises `TransientError` when the store cannot be reached.
    """
    digest, shipments, events = hashlib.sha256(), 0, 0
    known = sorted(store.read_shipment_ids())
    for start in range(0, len(known), BATCH):
        ids = known[start : start + BATCH]
        states = store.read_current(ids)
        for tracked in join_vehicles(vehicles, [states[one] for one in ids if one in states]):
            timeline = store.read_timeline(tracked.state.shipment_id)
            digest.update(_encode(public_answer(tracked.state, now=now)))
            digest.update(_encode(timeline))
            shipments, events = shipments + 1, events + len(timeline)
    return AnswerDigest(shipments, events, digest.hexdigest())
