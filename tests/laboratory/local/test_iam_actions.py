"""IAM actions of requests: batches need the actions of their parts."""

import pytest

from laboratory.local.iam_actions import list_actions, list_object_actions

TABLE = "swiftlogix-local-tracking"
ITEM = {"TableName": TABLE, "Item": {"shipment_id": {"S": "lane#plan#7"}}}


@pytest.mark.parametrize(
    ("service", "operation", "request_", "actions"),
    [
        ("DynamoDB", "Query", {"TableName": TABLE}, ["dynamodb:Query tracking"]),
        ("DynamoDB", "PutItem", ITEM, ["dynamodb:PutItem tracking lane#plan#"]),
        (
            "DynamoDB",
            "UpdateItem",
            {"TableName": TABLE, "Key": {"shipment_id": {"S": "123"}}},
            ["dynamodb:UpdateItem tracking"],
        ),
        (
            "DynamoDB",
            "TransactWriteItems",
            {"TransactItems": [{"Put": ITEM}, {"ConditionCheck": {"TableName": TABLE}}, {"Update": ITEM}]},
            [
                "dynamodb:PutItem tracking lane#plan#",
                "dynamodb:ConditionCheckItem tracking",
                "dynamodb:UpdateItem tracking lane#plan#",
            ],
        ),
        (
            "DynamoDB",
            "ExecuteStatement",
            {"Statement": f'select * from "{TABLE}"'},
            ["dynamodb:PartiQLSelect tracking"],
        ),
        ("DynamoDB", "BatchGetItem", {"RequestItems": {TABLE: {}}}, ["dynamodb:BatchGetItem tracking"]),
        (
            "DynamoDB",
            "DeleteItem",
            {"TableName": "swiftlogix-local-leases", "Key": {"stream": {"S": "quarantine:scans:2026-11-30"}}},
            ["dynamodb:DeleteItem leases quarantine:scans:"],
        ),
        ("Kinesis", "GetRecords", {"ShardIterator": "x"}, ["kinesis:GetRecords scans"]),
        (
            "AWSEvents",
            "PutEvents",
            {"Entries": [{"EventBusName": "swiftlogix-local-bus", "Source": "swiftlogix.tracking"}]},
            ["events:PutEvents bus swiftlogix.tracking"],
        ),
        (
            "AmazonSQS",
            "DeleteMessageBatch",
            {"QueueUrl": "http://127.0.0.1/000000000000/swiftlogix-local-notify-dlq"},
            ["sqs:DeleteMessage notify-dlq"],
        ),
    ],
)
def test_a_call_needs_the_actions_of_its_parts(service, operation, request_, actions):
    assert [str(action) for action in list_actions(service, operation, request_)] == actions


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("HEAD", "/swiftlogix-local-files/proofs/a/b.jpg", "s3:GetObject files/proofs/"),
        ("DELETE", "/swiftlogix-local-files/quarantine/a", "s3:DeleteObject files/quarantine/"),
        ("GET", "/swiftlogix-local-files/", "s3:ListBucket files/"),
    ],
)
def test_a_request_to_s3_needs_an_action_on_the_folder(method, path, action):
    assert [str(found) for found in list_object_actions(method, path)] == [action]
