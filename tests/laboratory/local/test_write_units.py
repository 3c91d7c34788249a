"""Write request units: one for each started KB of a row, twice that in a transaction, none for reads."""

import pytest

from laboratory.local.write_units import count_write_units

SMALL = {"shipment_id": {"S": "S-1"}, "n": {"N": "12345"}, "gone": {"NULL": True}}
LARGE = {"journey": {"M": {"legs": {"L": [{"S": "x" * 1000}, {"S": "y" * 1100}]}}}}
UPDATE = {"Statement": 'UPDATE "t" SET "a"=? WHERE "b"=?', "Parameters": [{"S": "x" * 2000}, {"S": "S-1"}]}
SELECT = {"Statement": 'SELECT * FROM "t" WHERE "b"=?', "Parameters": [{"S": "S-1"}]}


@pytest.mark.parametrize(
    ("operation", "request_", "units"),
    [
        ("PutItem", {"Item": SMALL}, 1),
        ("PutItem", {"Item": LARGE}, 3),
        ("PutItem", {"Item": {"a": {"S": "x" * 1023}}}, 1),
        ("PutItem", {"Item": {"a": {"S": "x" * 1024}}}, 2),
        ("PutItem", {"Item": {"a": {"B": "QUJD" * 400}}}, 2),
        ("UpdateItem", {"Key": SMALL, "ExpressionAttributeValues": {":v": {"S": "x" * 1500}}}, 2),
        ("DeleteItem", {"Key": SMALL}, 1),
        ("BatchExecuteStatement", {"Statements": [UPDATE, UPDATE, SELECT]}, 4),
        ("ExecuteStatement", UPDATE, 2),
        ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": LARGE}}]}}, 3),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"Item": LARGE}}, {"Update": {"Key": SMALL}}]}, 8),
        ("Query", {"KeyConditionExpression": "x"}, 0),
    ],
)
def test_a_row_costs_a_unit_for_each_started_kilobyte(operation, request_, units):
    assert count_write_units(operation, request_) == units
