"""Small pilot of a game day in an emulated account: what is there, and what happens to it."""

from contextlib import contextmanager
from functools import cache
from pathlib import Path

import boto3
from botocore.stub import Stubber
from django.conf import settings

from deploy.game_account import Account
from deploy.game_acts import ACTS, AccountAct

SMALL = Path(__file__).with_name("game_templates")
SERVICES = "cloudformation,cloudwatch,dynamodb,ecs,elasticache,events,kinesis,rds,sqs,sts"
BUS, RULE, CLUSTER = "swiftlogix-pilot-bus", "swiftlogix-pilot-notify", "swiftlogix-pilot"


@cache
def make_client(service: str, endpoint: str | None):
    """Return a client, one for all tests: it takes longer to make than a call."""
    return boto3.client(service, region_name=settings.AWS_REGION, endpoint_url=endpoint)


def make_stacks(endpoint: str) -> None:
    """Make the stacks that a game day breaks.

    The archive and the cap on writes come after them: the emulator takes neither from a template.
    """
    client = make_client("cloudformation", endpoint)
    for template in ("data", "compute"):
        stack, body = f"swiftlogix-pilot-{template}", (SMALL / f"{template}.yaml").read_text()
        client.create_stack(StackName=stack, TemplateBody=body)
        client.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    table = make_client("dynamodb", endpoint)
    cap = {"MaxWriteRequestUnits": 40_000}
    table.update_table(TableName="swiftlogix-pilot-tracking", OnDemandThroughput=cap)
    events = make_client("events", endpoint)
    events.create_archive(ArchiveName=BUS, EventSourceArn=events.describe_event_bus(Name=BUS)["Arn"])


class Pilot:
    """Clients of the emulated account; those in `stubbed` answer as the test says."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint, self.stubbed, self.said = endpoint, {}, []
        self.account = Account("pilot", self.client, self.said.append, 0.0, 0.0)

    def client(self, service: str):
        return (
            self.stubbed[service].client if service in self.stubbed else make_client(service, self._endpoint)
        )

    def stub(self, service: str) -> Stubber:
        """Let a service check requests against its model, and give only answers that the test adds."""
        self.stubbed[service] = Stubber(make_client(service, None))
        self.stubbed[service].activate()
        return self.stubbed[service]

    def end_stubs(self) -> None:
        """Let the clients of stubbed services go on as usual: tests share them."""
        for stub in self.stubbed.values():
            stub.deactivate()

    def make(self, name: str):
        return ACTS[name].make(self.account)

    def count_wanted(self) -> int:
        """Return how many tasks of `shards` are wanted."""
        found = self.client("ecs").describe_services(cluster=CLUSTER, services=["shards"])
        return found["services"][0]["desiredCount"]

    def read_cap(self) -> int:
        found = self.client("dynamodb").describe_table(TableName="swiftlogix-pilot-tracking")
        return found["Table"]["OnDemandThroughput"]["MaxWriteRequestUnits"]

    def read_rule(self) -> tuple[str, str, str]:
        """Return pattern, state and description of the rule `notify`."""
        found = self.client("events").describe_rule(Name=RULE, EventBusName=BUS)
        return found["EventPattern"], found["State"], found["Description"]

    def publish(self, *names: str) -> None:
        entries = [
            {
                "Source": "swiftlogix.tracking",
                "DetailType": "x",
                "Detail": f'{{"n": "{name}"}}',
                "EventBusName": BUS,
            }
            for name in names
        ]
        assert not self.client("events").put_events(Entries=entries)["FailedEntryCount"]

    def take(self, queue: str = "Notify") -> list[str]:
        """Take all messages out of a queue; return their bodies."""
        sqs, url, bodies = self.client("sqs"), self.account.find("data", queue), []
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                bodies.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def give_up(self) -> None:
        """Make dead letters of what is in the queue `notify`, as SQS does after ten tries."""
        url = self.account.find("data", "NotifyDlq")
        for body in self.take():
            self.client("sqs").send_message(QueueUrl=url, MessageBody=body)

    def read_stream(self) -> list[tuple[str, bytes]]:
        """Return all records of the stream."""
        kinesis, name = self.client("kinesis"), self.account.find("data", "Scans")
        (shard,) = kinesis.list_shards(StreamName=name)["Shards"]
        place = kinesis.get_shard_iterator(
            StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        found = kinesis.get_records(ShardIterator=place["ShardIterator"], Limit=10_000)
        return [(record["PartitionKey"], record["Data"]) for record in found["Records"]]

    def set_alarm(self, name: str, state: str) -> None:
        cloudwatch, full = self.client("cloudwatch"), f"swiftlogix-pilot-{name}"
        cloudwatch.put_metric_alarm(
            AlarmName=full,
            Namespace="SwiftLogix",
            MetricName="m",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            Statistic="Sum",
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName=full, StateValue=state, StateReason="test")

    def raise_alarm(self, name: str):
        """Return an act whose fault turns an alarm on."""

        @contextmanager
        def act(_account):
            self.set_alarm(name, "ALARM")
            try:
                yield
            finally:
                self.set_alarm(name, "OK")

        return AccountAct(act, ())
