"""Guarded emulator: calls are counted by role, service, operation and resource."""

import asyncio
import json
import os

import boto3
import pytest
from botocore.config import Config

from laboratory.bench.suites.calls import Deployment
from laboratory.local.addresses import find_free_port
from laboratory.local.children import start_child
from laboratory.local.emulator import CALLS_PATH, describe_emulator
from laboratory.local.guarded_emulator import count_calls, guard
from tracking.adapters.aws import USER_AGENT

SHARDS = b"SwiftLogix/shards Boto3/1"
SIGNED = (b"authorization", b"AWS4-HMAC-SHA256 Credential=test/20261129/ap-south-1/sqs/aws4_request")


class Counting:
    """Counter in front of an application that notes the bodies it gets."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.application = count_calls(self._note, CALLS_PATH)

    async def _note(self, _scope, receive, send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    def ask(self, *chunks: bytes, target: str = "", agent: bytes = SHARDS, path="/", method="POST") -> bytes:
        """Send a request whose body comes in these chunks; return the body of the answer."""
        headers = [(b"user-agent", agent), SIGNED, *([(b"x-amz-target", target.encode())] if target else [])]
        scope = {"type": "http", "path": path, "method": method, "headers": headers, "query_string": b""}
        waiting = [
            {"type": "http.request", "body": chunk, "more_body": number + 1 < len(chunks)}
            for number, chunk in enumerate(chunks or (b"",))
        ]
        answered: list[bytes] = []

        async def receive():
            return waiting.pop(0)

        async def send(message):
            answered.append(message.get("body", b""))

        asyncio.run(self.application(scope, receive, send))
        return b"".join(answered)

    def read(self) -> dict[str, dict[str, int]]:
        """Return the numbers of calls and rows."""
        counted = self._read_all()
        return {kind: counted[kind] for kind in ("calls", "rows")}

    def read_actions(self) -> dict[str, int]:
        return self._read_all()["actions"]

    def _read_all(self) -> dict[str, dict[str, int]]:
        return json.loads(self.ask(path=CALLS_PATH, method="GET"))


QUERY = b'{"TableName": "swiftlogix-local-leases"}'
STATEMENTS = json.dumps(
    {"Statements": [{"Statement": 'UPDATE "swiftlogix-local-tracking" SET'}, {"Statement": "UPDATE"}]}
).encode()
KEYS = b'{"RequestItems": {"swiftlogix-local-tracking": {"Keys": [{}, {}, {}]}}}'
WRITES = b'{"RequestItems": {"swiftlogix-local-tracking": [{}, {}]}}'


@pytest.mark.parametrize(
    ("request_", "name", "rows"),
    [
        ({"body": QUERY, "target": "DynamoDB_20120810.Query"}, "shards DynamoDB Query leases", 1),
        (
            {"body": STATEMENTS, "target": "DynamoDB_20120810.BatchExecuteStatement"},
            "shards DynamoDB BatchExecuteStatement tracking",
            2,
        ),
        (
            {"body": KEYS, "target": "DynamoDB_20120810.BatchGetItem"},
            "shards DynamoDB BatchGetItem tracking",
            3,
        ),
        (
            {"body": WRITES, "target": "DynamoDB_20120810.BatchWriteItem"},
            "shards DynamoDB BatchWriteItem tracking",
            2,
        ),
        (
            {"body": b'{"ShardIterator": "x"}', "target": "Kinesis_20131202.GetRecords"},
            "shards Kinesis GetRecords",
            1,
        ),
        (
            {"body": b'{"Entries": [{}, {}]}', "target": "AWSEvents.PutEvents"},
            "shards AWSEvents PutEvents",
            2,
        ),
        (
            {
                "body": b'{"QueueUrl": "http://127.0.0.1:1/0/swiftlogix-local-notify-dlq"}',
                "target": "AmazonSQS.ReceiveMessage",
                "agent": b"SwiftLogix/queues Boto3/1",
            },
            "queues AmazonSQS ReceiveMessage notify-dlq",
            1,
        ),
        ({"body": b"Action=Publish&TopicArn=x", "agent": b"curl"}, "other query Publish", 1),
        ({"body": b"a picture", "method": "PUT", "path": "/swiftlogix-local-files/a"}, "shards s3 PUT", 1),
    ],
)
def test_a_call_is_counted_by_role_service_operation_and_resource_with_the_rows_it_names(
    request_, name, rows
):
    counting = Counting()
    counting.ask(request_.pop("body"), **request_)
    counted = counting.read()
    assert (counted["calls"], counted["rows"]) == ({name: 1}, {name: rows})


def test_the_application_gets_a_body_in_chunks_as_it_was_sent_and_asking_for_the_counts_is_not_counted():
    counting = Counting()
    for _ in range(2):
        counting.ask(STATEMENTS[:30], STATEMENTS[30:], target="DynamoDB_20120810.BatchExecuteStatement")
        counting.read()
    name = "shards DynamoDB BatchExecuteStatement tracking"
    assert counting.bodies == [STATEMENTS, STATEMENTS]
    assert counting.read() == {"calls": {name: 2}, "rows": {name: 4}}


def test_the_iam_actions_of_a_call_are_counted_by_role():
    counting = Counting()
    statements = [
        {"Statement": f'{verb} "swiftlogix-local-tracking"'} for verb in ("UPDATE", "INSERT INTO", "UPDATE")
    ]
    body = json.dumps({"Statements": statements}).encode()
    counting.ask(body, target="DynamoDB_20120810.BatchExecuteStatement")
    counting.ask(b"Action=Publish&PhoneNumber=1", agent=b"SwiftLogix/queues Boto3/1")
    counting.ask(b"x", method="PUT", path="/swiftlogix-local-files/proofs/1.jpg")
    assert counting.read_actions() == {
        "shards dynamodb:PartiQLUpdate tracking": 2,
        "shards dynamodb:PartiQLInsert tracking": 1,
        "queues sns:Publish phone": 1,
        "shards s3:PutObject files/proofs/": 1,
    }


def test_the_counts_are_read_only_with_the_access_key():
    counting = Counting()
    counting.application = guard(counting.application, "another")
    assert counting.ask(path=CALLS_PATH, method="GET").startswith(b"The AWS emulator answers only")


@pytest.mark.slow
def test_the_running_emulator_counts_the_calls_of_our_clients(tmp_path, monkeypatch):
    port = find_free_port()
    child = start_child(
        describe_emulator(
            tmp_path / "aws", tmp_path / "aws.log", port, "ap-south-1", os.environ["AWS_ACCESS_KEY_ID"]
        )
    )
    try:
        child.wait_ready(20)
        sqs = boto3.client(
            "sqs", "ap-south-1", endpoint_url=f"http://127.0.0.1:{port}", config=Config(user_agent=USER_AGENT)
        )
        address = sqs.create_queue(QueueName="swiftlogix-test-notify")["QueueUrl"]
        for _ in range(2):
            sqs.receive_message(QueueUrl=address, WaitTimeSeconds=0)
        write_rows(
            boto3.client(
                "dynamodb",
                "ap-south-1",
                endpoint_url=f"http://127.0.0.1:{port}",
                config=Config(user_agent=USER_AGENT),
            )
        )
        counted = Deployment(f"http://127.0.0.1:{port}", os.environ["AWS_ACCESS_KEY_ID"]).read_answer()
    finally:
        child.stop()
    queues = {name: number for name, number in counted["calls"].items() if "AmazonSQS" in name}
    assert queues == {"test AmazonSQS CreateQueue notify": 1, "test AmazonSQS ReceiveMessage notify": 2}
    names = {name.split()[2]: number for name, number in counted["units"].items()}
    assert names == {"PutItem": 3, "UpdateItem": 2, "TransactWriteItems": 6}


def write_rows(dynamodb) -> None:
    """Write a row of a KB and one of two; change a byte of that; put one and delete one in a transaction."""
    table = "swiftlogix-test-tracking"
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    large = {"id": {"S": "large"}, "body": {"S": "x" * 1500}}
    for item in ({"id": {"S": "small"}}, large):
        dynamodb.put_item(TableName=table, Item=item)
    dynamodb.update_item(
        TableName=table,
        Key={"id": {"S": "large"}},
        UpdateExpression="SET b = :b",
        ExpressionAttributeValues={":b": {"S": "y"}},
    )
    put = {"TableName": table, "Item": {"id": {"S": "new"}}}
    delete = {"TableName": table, "Key": {"id": {"S": "large"}}}
    dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"Delete": delete}])
