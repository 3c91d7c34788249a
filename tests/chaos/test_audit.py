"""Audit of a chaos run: it finds missing records, messages sent twice and undelivered changes."""

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
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.services.operations.attempt_evidence import make_payload
from tracking.services.recording.stream_records import make_record
from workers.line.process import process
from workers.ports import StreamRecord
from workers.stream_positions import make_stream_position

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def shipment_id() -> str:
    """Return an id that only this test uses: all tests share the same tables."""
    return f"AUDITED-{uuid4().hex}"


@pytest.fixture
def world(local_aws, settings) -> World:
    return World(DynamoShipmentStore(settings.AWS_NAMES["tracking_table"]))


@pytest.fixture
def recorded_run(world, shipment_id) -> tuple[Ledger, Counter[str]]:
    """Return a ledger of three reports that the product has recorded, and the counts of its changes."""
    ledger = Ledger()
    for number, status in enumerate(("picked_up", "in_transit", "delivered"), start=1):
        put(ledger, shipment_id, number, status)
    records = [
        StreamRecord(
            entry.raw, entry.accepted_at, "1/a", make_stream_position(entry.sequence), entry.sequence
        )
        for entry in ledger.read()
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
    ledger.add([(shipment_id, raw)], [{"ShardId": "a", "SequenceNumber": str(number)}])


def list_invariants(shipment_id: str, findings: Findings) -> list[list[str]]:
    """Return the invariants that the findings about a shipment name."""
    return [[entry.partition(" ")[0] for entry in part if shipment_id in entry] for part in findings]


def test_a_correct_run_has_no_findings(recorded_run, shipment_id):
    ledger, published = recorded_run
    assert list_invariants(shipment_id, audit(ledger, published)) == [[], [], []]


def test_events_that_the_product_concludes_are_in_no_ledger_and_no_violation(
    recorded_run, world, shipment_id
):
    ledger, published = recorded_run
    now = datetime.now(UTC)
    evidence = AttemptEvidence("e3", "delivered", now, "insufficient", now)
    _, raw = make_record(make_payload(shipment_id, evidence, now))
    process([StreamRecord(raw, now, "1/b", make_stream_position("1"), "1")], world.tracking, world.workers)
    published.update(change.change_id for change in world.bus.published)
    assert "|evidence-" in world.tracking.store.read_state(shipment_id).last_order
    assert list_invariants(shipment_id, audit(ledger, published)) == [[], [], []]


def test_an_accepted_record_that_is_stored_nowhere_is_lost(recorded_run, shipment_id):
    ledger, published = recorded_run
    put(ledger, shipment_id, 4, "returning")
    lost, doubled, disordered = list_invariants(shipment_id, audit(ledger, published))
    assert (lost, doubled, set(disordered)) == (["I1:"], [], {"I3:"})


def test_a_message_sent_twice_is_a_duplicate_effect(recorded_run, shipment_id):
    ledger, published = recorded_run
    for _ in range(2):
        OutboxMessage.objects.create(
            change_id="chg_1", recipient_id="r", transport="sms", shipment_id=shipment_id, trigger="delivered"
        )
    assert list_invariants(shipment_id, audit(ledger, published)) == [[], ["I2:"], []]


def test_a_change_that_the_bus_never_delivered_is_lost(recorded_run, shipment_id):
    ledger, published = recorded_run
    (missing, *_) = published
    del published[missing]
    assert f"I2: {missing} was never delivered by the bus" in audit(ledger, published).lost
