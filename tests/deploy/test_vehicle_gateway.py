"""Gateway of vehicles in data.yaml: it says who sent a record, and a vehicle may use its own topic alone."""

import copy
import json
import re
from datetime import UTC, datetime

import pytest

from tests.deploy.templates import TEMPLATES
from workers.line.decode import decode
from workers.ports import StreamRecord

RESOURCES = TEMPLATES["data"]["Resources"]
RULE = RESOURCES["VehicleScansRule"]["Properties"]["TopicRulePayload"]
ARRIVED = datetime(2026, 11, 29, 10, 0, 1, tzinfo=UTC)
STAMPED_MS = 1_795_946_400_000
KEY = "${CASE isUndefined(shipment_id) WHEN true THEN clientid() ELSE shipment_id END}"
CLIENT = ":client/${!iot:Connection.Thing.ThingName}"
# Past the broker to the rule; `topic()` does not see this start.
INGEST = "$aws/rules/swiftlogix_${Stage}_scans/"
TOPIC = f":topic/{INGEST}swiftlogix/vehicles/${{!iot:Connection.Thing.ThingName}}/scans"


def apply_rule(payload: dict, client_id: str, topic: str) -> dict | None:
    """Return what the rule makes of a message; it knows the functions that our statement uses."""
    source, condition = re.fullmatch(r"SELECT (.+) FROM '.+' WHERE (.+)", RULE["Sql"]).groups()
    assert condition == "topic(3) = clientid()"
    if topic.split("/")[2] != client_id:
        return None
    values = {"clientid()": client_id, "timestamp()": STAMPED_MS, "'device'": "device"}
    fields = [field.split(" AS ") for field in source.split(", ")]
    assert fields[0] == ["*"]
    return payload | {name: values[value] for value, name in fields[1:]}


def test_the_rule_takes_the_topic_of_each_vehicle_and_keeps_records_of_a_shipment_in_order():
    (action,) = RULE["Actions"]
    assert re.search("FROM '(.+?)'", RULE["Sql"])[1] == "swiftlogix/vehicles/+/scans"
    assert action["Kinesis"]["StreamName"] == {"Ref": "Scans"}
    assert action["Kinesis"]["PartitionKey"] == KEY
    assert RULE["ErrorAction"]["Sqs"]["QueueUrl"] == {"Ref": "BusDlq"}


@pytest.mark.parametrize(
    "claims", [{}, {"vehicle_id": "KA-02", "source": "system", "gateway_at": 0, "mac": "x"}]
)
def test_a_record_that_came_by_the_rule_is_of_the_vehicle_that_sent_it(claims):
    payload = {"shipment_id": "123", "lat": 12.97, "lon": 77.59, "status": "in_transit"} | claims
    passed = apply_rule(payload, "KA-01", "swiftlogix/vehicles/KA-01/scans")
    record = StreamRecord(json.dumps(passed).encode(), ARRIVED, "1/shardId-0", "1", "1")
    (scan,) = decode([record]).scans
    assert (scan.vehicle_id, scan.source) == ("KA-01", "device")


def test_a_message_on_the_topic_of_another_vehicle_is_dropped():
    assert apply_rule({}, "KA-01", "swiftlogix/vehicles/KA-02/scans") is None


def list_permissions(resources: dict) -> list[tuple[str, str]]:
    """Return action and resource of each permission of a vehicle."""
    statements = resources["VehiclePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return [
        (
            one["Action"],
            one["Resource"]["Fn::Sub"].removeprefix(
                "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}"
            ),
        )
        for one in statements
    ]


def test_a_vehicle_may_connect_under_its_own_name_and_publish_on_its_own_topic_alone():
    assert list_permissions(RESOURCES) == [("iot:Connect", CLIENT), ("iot:Publish", TOPIC)]
    wider = copy.deepcopy(dict(RESOURCES))
    statements = wider["VehiclePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    statements[1]["Resource"]["Fn::Sub"] = statements[1]["Resource"]["Fn::Sub"].replace(
        "${!iot:Connection.Thing.ThingName}", "*"
    )
    assert list_permissions(wider)[1] == ("iot:Publish", f":topic/{INGEST}swiftlogix/vehicles/*/scans")


def test_a_vehicle_publishes_to_the_rule_by_its_name():
    assert RESOURCES["VehicleScansRule"]["Properties"]["RuleName"] == {"Fn::Sub": INGEST.split("/")[2]}


def test_the_gateway_is_there_on_aws_alone():
    names = {name for name in RESOURCES if name.startswith("Vehicle")}
    assert names == {"VehicleScansRule", "VehicleGateway", "VehiclePolicy"}
    assert {RESOURCES[name]["Condition"] for name in names} == {"Cloud"}
