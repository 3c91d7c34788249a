"""The audit notices what it is there for: missing records, messages sent twice, states that are wrong."""

import json
from collections import Counter
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from notifications.models import OutboxMessage
from tests.chaos.audit import Findings, audit
from tests.chaos.ledger import Ledger
from tests.workers.world import World
from tracking.adapters.dynamodb import DynamoShipmentStore
from workers.line.process import process
from workers.ports import StreamRecord
from workers.stream_positions import make_stream_position

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def shipment_id() -> str:
    """Of this test alone: all tests use the same tables."""
    return f"AUDITED-{uuid4().hex}"


@pytest.fixture
def told(local_aws, settings, shipment_id) -> tuple[Ledger, Counter[str]]:
    """A ledger of three reports that the product has recorded, and the changes that came of them."""
    ledger, world = Ledger(), World(DynamoShipmentStore(settings.AWS_NAMES["tracking_table"]))
    for number, status in enumerate(("picked_up", "in_transit", "delivered"), start=1):
        put(ledger, shipment_id, number, status)
    records = [
        StreamRecord(one.raw, one.accepted_at, "1/a", make_stream_position(one.sequence), one.sequence)
        for one in ledger.read()
    ]
    process(records, world.tracking, world.workers)
    return ledger, Counter(change.change_id for change in world.bus.published)


def put(ledger: Ledger, shipment_id: str, number: int, status: str) -> None:
    raw = json.dumps(
        {
            "event_id": f"e{number}",
            "shipment_id": shipment_id,
            "status": status,
            "timestamp": datetime.now(UTC).isoformat(),
        }
    ).encode()
    ledger.note([(shipment_id, raw)], [{"ShardId": "a", "SequenceNumber": str(number)}])


def about(shipment_id: str, findings: Findings) -> list[list[str]]:
    """The invariants that the findings about a shipment name."""
    return [[one.partition(" ")[0] for one in part if shipment_id in one] for part in findings]


def test_where_all_is_well_nothing_is_found(told, shipment_id):
    ledger, published = told
    assert about(shipment_id, audit(ledger, published)) == [[], [], []]


def test_a_record_that_was_accepted_and_is_nowhere_is_lost(told, shipment_id):
    ledger, published = told
    put(ledger, shipment_id, 4, "returning")
    lost, doubled, disordered = about(shipment_id, audit(ledger, published))
    assert (lost, doubled, set(disordered)) == (["I1:"], [], {"I3:"})


def test_a_message_that_was_sent_twice_is_an_effect_too_many(told, shipment_id):
    ledger, published = told
    for _ in range(2):
        OutboxMessage.objects.create(
            change_id="chg_1", recipient_id="r", transport="sms", shipment_id=shipment_id, trigger="delivered"
        )
    assert about(shipment_id, audit(ledger, published)) == [[], ["I2:"], []]


def test_a_change_that_never_came_out_of_the_bus_is_lost(told, shipment_id):
    ledger, published = told
    (missing, *_) = published
    del published[missing]
    assert f"I2: {missing} never came out of the bus" in audit(ledger, published).lost
