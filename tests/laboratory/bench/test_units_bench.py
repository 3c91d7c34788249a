"""Bench units: what each kind of event takes of DynamoDB is what is kept; rows are charged as by AWS."""

import json
from collections import Counter
from datetime import datetime

import pytest
import time_machine
from django.conf import settings
from ministack.services import dynamodb as storage

from laboratory.bench.journeys import Journeys, count_journeys
from laboratory.bench.stored_tables import stored_tables
from laboratory.bench.suites.units import describe, read_table
from laboratory.event_units import BOOKING, CHANGE, LOADING, NEWS, OF_SHIPMENT, OF_VEHICLE, UNIT_ROWS, Units
from tracking.adapters.aws import build_client

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KEPT = settings.BASE_DIR / "docs" / "bench" / "units.json"
SHIPMENTS = 10


def test_ten_shipments_take_for_each_event_what_the_kept_hundred_took():
    report = json.loads(KEPT.read_text())
    # At another hour more or fewer parcels are expected late, which is a change.
    with time_machine.travel(datetime.fromisoformat(report["started_at"])):
        made = count_journeys(SHIPMENTS, read_table())
    rows = {row["name"]: row for row in report["rows"]}
    kept = {
        (kind, name): rows[row]["phases"][kind] / number
        for name, row in UNIT_ROWS.items()
        for kind, number in rows[row]["counts"].items()
    }
    found = {
        (kind, name): getattr(units, name) / made.events[kind]
        for kind, units in made.units.items()
        for name in Units._fields
    }
    # A window of arrival has some digits more or less, and a van reads the parcels that it has aboard.
    assert {key: round(units) for key, units in found.items()} == {
        key: round(units) for key, units in kept.items()
    }
    assert made.events == Counter(
        {
            BOOKING: SHIPMENTS,
            CHANGE: 5 * SHIPMENTS,
            OF_SHIPMENT: 3 * SHIPMENTS,
            OF_VEHICLE: 12,
            LOADING: SHIPMENTS,
            NEWS: made.events[NEWS],
        }
    )


def test_a_row_is_a_sample_of_the_units_of_all_events_by_kind():
    made = Journeys(Counter({CHANGE: 2, BOOKING: 1}), {CHANGE: Units(32, 8, 3.5), BOOKING: Units(10, 3, 1.0)})
    sample = describe(made, "read")
    assert (sample.value, sample.phases, sample.counts) == (
        4.5,
        {CHANGE: 3.5, BOOKING: 1.0},
        {CHANGE: 2, BOOKING: 1},
    )


TABLE = {
    "TableName": "charged",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("id", "at", "status")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-status",
            "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}


def key(at: str) -> dict:
    return {"id": {"S": "a"}, "at": {"S": at}}


def test_rows_are_charged_by_their_size_before_and_after_by_transaction_and_by_entries_of_indexes():
    before = (storage._set_item, storage._remove_item)
    with stored_tables(TABLE) as stored:
        client = build_client("dynamodb", hot=True)
        # Two rows of a KB each and one of two; of that a byte more, another key in the index; then it goes.
        large = key("3") | {"body": {"S": "x" * 1500}, "status": {"S": "new"}}
        for item in (key("1"), key("2"), large):
            client.put_item(TableName="charged", Item=item)
        text = 'UPDATE "charged" SET "b" = \'y\' WHERE "id" = \'a\' AND "at" = \'3\''
        client.batch_execute_statement(Statements=[{"Statement": text}])
        client.update_item(
            TableName="charged",
            Key=key("3"),
            UpdateExpression="SET #status = :status",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": {"S": "old"}},
        )
        # One consistent read; three others of which one finds nothing; two rows in one query.
        client.get_item(TableName="charged", Key=key("3"), ConsistentRead=True)
        client.batch_get_item(RequestItems={"charged": {"Keys": [key("1"), key("2"), key("9")]}})
        client.query(
            TableName="charged",
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": "a"}},
            Limit=2,
        )
        actions = [
            {"Put": {"TableName": "charged", "Item": key("4")}},
            {"Delete": {"TableName": "charged", "Key": key("3")}},
        ]
        client.transact_write_items(TransactItems=actions)
    assert stored.units == {
        "PutItem": 4,
        "PutItem/by-status": 1,
        "BatchExecuteStatement": 2,
        "UpdateItem": 2,
        "UpdateItem/by-status": 2,
        "TransactWriteItems": 6,
        "TransactWriteItems/by-status": 1,
    }
    assert stored.reads == Counter({"GetItem": 2, "BatchGetItem": 3, "Query": 1})
    assert (storage._set_item, storage._remove_item) == before
