"""Faults as they are made in an account: each is a block that puts back what it changed, whatever happens."""

import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from deploy.game_account import Account
from deploy.game_bus import misspelt_rule, replay
from deploy.game_records import Record, keep_putting, make_hot, make_skewed, make_unreadable, name_run
from deploy.one_off import OneOffError, make_command, run_one_off
from deploy.plan import RefusedError, name_stack

SHARDS = "shards"
# A shard takes 1,000 records a second; a call takes 500 of them.
HOT_AT_ONCE, HOT_EVERY_S = 500, 0.1
SKEWED_AT_ONCE = 10
HOUR = timedelta(hours=1)
CAPPED_UNITS, NO_CAP = 1, -1
# Rules with a queue whose listener knows what was done. Partners' own topic does not.
REPLAYED = ("ReadmodelRule", "NotifyRule", "OpsRule", "LearningRule", "WebhooksRule")
FLUSH = (
    "import redis; from django.conf import settings; "
    "print(redis.Redis.from_url(settings.REDIS_URL).flushall())"
)

Act = Callable[[Account], AbstractContextManager[None]]


class AccountAct(NamedTuple):
    """Act of a fault, and the resources (template, logical name) that it needs."""

    make: Act
    needs: tuple[tuple[str, str], ...]


@contextmanager
def _stop_one_task(account: Account) -> Iterator[None]:
    ecs, where = account.client("ecs"), _name_service(account)
    tasks = ecs.list_tasks(cluster=where["cluster"], serviceName=SHARDS, desiredStatus="RUNNING")["taskArns"]
    if len(tasks) < 2:
        raise RefusedError(f"{len(tasks)} task of {SHARDS} runs: stopping it would stop all.")
    account.say("  ECS starts another task by itself.")
    ecs.stop_task(cluster=where["cluster"], task=tasks[0], reason="game day")
    yield
    account.wait(partial(_is_complete, ecs, where), f"not all tasks of {SHARDS} run")


@contextmanager
def _stop_all_tasks(account: Account) -> Iterator[None]:
    ecs, where = account.client("ecs"), _name_service(account)
    wanted = ecs.describe_services(**where)["services"][0]["desiredCount"]
    if not wanted:
        raise RefusedError(f"No task of {SHARDS} is wanted: begin from a stage that runs.")
    scaling = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{where['cluster']}/{SHARDS}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    account.promise(
        f"aws ecs update-service --cluster {where['cluster']} --service {SHARDS} --desired-count {wanted};"
        f" aws application-autoscaling register-scalable-target --service-namespace ecs"
        f" --resource-id {scaling['ResourceId']} --scalable-dimension {scaling['ScalableDimension']}"
        " --suspended-state DynamicScalingInSuspended=false,DynamicScalingOutSuspended=false"
    )
    targets = account.client("application-autoscaling")
    try:
        targets.register_scalable_target(**scaling, SuspendedState=_suspend(suspended=True))
        ecs.update_service(cluster=where["cluster"], service=SHARDS, desiredCount=0)
        yield
    finally:
        ecs.update_service(cluster=where["cluster"], service=SHARDS, desiredCount=wanted)
        targets.register_scalable_target(**scaling, SuspendedState=_suspend(suspended=False))
    account.wait(partial(_is_complete, ecs, where), f"not all tasks of {SHARDS} run")


@contextmanager
def _heat_a_key(account: Account) -> Iterator[None]:
    run = name_run()

    def make(number: int, now: datetime) -> list[Record]:
        return make_hot(run, number * HOT_AT_ONCE, HOT_AT_ONCE, now)

    with keep_putting(_open_stream(account), make, HOT_EVERY_S):
        yield


@contextmanager
def _skew_clocks(account: Account) -> Iterator[None]:
    run = name_run()

    def make(number: int, now: datetime) -> list[Record]:
        first = number * SKEWED_AT_ONCE
        return [
            record for each in range(first, first + SKEWED_AT_ONCE) for record in make_skewed(run, each, now)
        ]

    account.say("  What was refused stays in quarantine for 30 days.")
    with keep_putting(_open_stream(account), make, 1.0):
        yield


@contextmanager
def _poison_the_stream(account: Account) -> Iterator[None]:
    account.say("  It stays in quarantine for 30 days.")
    _open_stream(account)([make_unreadable(name_run())])
    yield


@contextmanager
def _poison_a_queue(account: Account) -> Iterator[None]:
    """Put a message in a queue that its listener cannot read, and take it out of the dead letters."""
    sqs, body = account.client("sqs"), f'{{"detail": {{"game_day": "{name_run()}"}}}}'
    queue, letters = account.find("data", "Notify"), account.find("data", "NotifyDlq")
    account.promise(f"delete the message {body} from {letters}; until it is there, from {queue}")
    try:
        sqs.send_message(QueueUrl=queue, MessageBody=body)
        yield
    finally:
        # After an interruption it may be tried for another two minutes before it is given up.
        account.wait(partial(_take_out, sqs, letters, body), f"{body} is not in {letters}")


@contextmanager
def _break_a_rule(account: Account) -> Iterator[None]:
    """Misspell a rule; afterwards what it missed is replayed, as its runbook says."""
    events, bus, rule = account.client("events"), account.find("data", "Bus"), account.find_rule("NotifyRule")
    since = datetime.now(UTC)
    own = events.describe_rule(Name=rule, EventBusName=bus)["EventPattern"]
    account.promise(
        f"aws events put-rule --event-bus-name {bus} --name {rule} --event-pattern {shlex.quote(own)};"
        f" then replay the archive of the bus from {since:%H:%M} UTC to it: runbooks/misrouted-notify.md"
    )
    with misspelt_rule(events, bus, rule):
        yield
    until = datetime.now(UTC)
    account.say(f"  {rule} is as before; its changes since {since:%H:%M} are replayed in ten minutes.")
    time.sleep(account.archived_after_s)
    replay(events, bus, [rule], since, until, account.pause_s)


@contextmanager
def _replay_an_hour(account: Account) -> Iterator[None]:
    bus, rules = account.find("data", "Bus"), [account.find_rule(name) for name in REPLAYED]
    now = datetime.now(UTC)
    replay(account.client("events"), bus, rules, now - HOUR, now, account.pause_s)
    yield


@contextmanager
def _flush_valkey(account: Account) -> Iterator[None]:
    stacks = account.client("cloudformation")
    compute, network = (
        _read_outputs(stacks, name_stack(account.stage, one)) for one in ("compute", "network")
    )
    task = make_command(account.stage, "web", ("shell", "-c", FLUSH))
    ended = run_one_off(account.client("ecs"), task, compute, network, account.pause_s)
    if ended.code != 0:
        raise OneOffError(f"FLUSHALL ended with code {ended.code} ({ended.why}).")
    yield


@contextmanager
def _fail_over_valkey(account: Account) -> Iterator[None]:
    client, group = account.client("elasticache"), account.find("compute", "Valkey")

    def read() -> Any:
        return client.describe_replication_groups(ReplicationGroupId=group)["ReplicationGroups"][0]

    account.say("  ElastiCache makes the replaced node anew by itself.")
    client.test_failover(ReplicationGroupId=group, NodeGroupId=read()["NodeGroups"][0]["NodeGroupId"])
    yield
    account.wait(lambda: read()["Status"] == "available", f"{group} is not available")


@contextmanager
def _cap_writes(account: Account) -> Iterator[None]:
    client, table = account.client("dynamodb"), account.find("data", "Tracking")

    def read() -> Any:
        return client.describe_table(TableName=table)["Table"]

    found = read()
    if found.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
        raise RefusedError(
            f"{table} is provisioned, so its scaling would end the fault. It is made on demand."
        )
    cap = found.get("OnDemandThroughput", {}).get("MaxWriteRequestUnits", NO_CAP)
    account.promise(
        f"aws dynamodb update-table --table-name {table} --on-demand-throughput MaxWriteRequestUnits={cap}"
    )
    set_cap = partial(_set_cap, client, table)
    try:
        set_cap(CAPPED_UNITS)
        yield
    finally:
        account.wait(lambda: read()["TableStatus"] == "ACTIVE", f"{table} is still changing")
        set_cap(cap)
    account.wait(lambda: read()["TableStatus"] == "ACTIVE", f"{table} is still changing")


@contextmanager
def _fail_over_database(account: Account) -> Iterator[None]:
    client, cluster = account.client("rds"), account.find("compute", "Database")

    def read() -> Any:
        return client.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"][0]

    members = read()["DBClusterMembers"]
    account.say("  Aurora comes back by itself.")
    if len(members) > 1:
        client.failover_db_cluster(DBClusterIdentifier=cluster)
    else:
        client.reboot_db_instance(DBInstanceIdentifier=members[0]["DBInstanceIdentifier"])
    yield
    account.wait(lambda: read()["Status"] == "available", f"{cluster} is not available")


def _name_service(account: Account) -> dict[str, Any]:
    return {"cluster": account.find("compute", "Cluster"), "services": [SHARDS]}


def _is_complete(ecs: Any, where: dict[str, Any]) -> bool:
    (found,) = ecs.describe_services(**where)["services"]
    return bool(found["runningCount"] >= found["desiredCount"])


def _suspend(*, suspended: bool) -> dict[str, bool]:
    return {"DynamicScalingInSuspended": suspended, "DynamicScalingOutSuspended": suspended}


def _open_stream(account: Account) -> Callable[[Sequence[Record]], None]:
    """Return a function that puts records; a refused one is left out, since a hot shard refuses many."""
    kinesis, stream = account.client("kinesis"), account.find("data", "Scans")

    def put(records: Sequence[Record]) -> None:
        entries = [{"PartitionKey": key, "Data": raw} for key, raw in records]
        kinesis.put_records(StreamName=stream, Records=entries)

    return put


def _take_out(sqs: Any, queue: str, body: str) -> bool:
    """Delete the message with this body from a queue; return whether it was there."""
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=2)
    for message in messages.get("Messages", ()):
        if message["Body"] == body:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return True
    return False


def _set_cap(client: Any, table: str, units: int) -> None:
    client.update_table(TableName=table, OnDemandThroughput={"MaxWriteRequestUnits": units})


def _read_outputs(client: Any, stack: str) -> dict[str, str]:
    (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    return {entry["OutputKey"]: entry["OutputValue"] for entry in found.get("Outputs", ())}


STREAM = (("data", "Scans"),)
CLUSTER = (("compute", "Cluster"),)
ACTS = {
    "worker-killed": AccountAct(_stop_one_task, CLUSTER),
    "workers-killed": AccountAct(_stop_all_tasks, CLUSTER),
    "hot-shard": AccountAct(_heat_a_key, STREAM),
    "poison-record": AccountAct(_poison_the_stream, STREAM),
    "poison-message": AccountAct(_poison_a_queue, (("data", "Notify"), ("data", "NotifyDlq"))),
    "rule-broken": AccountAct(_break_a_rule, (("data", "Bus"), ("data", "NotifyRule"))),
    "valkey-emptied": AccountAct(_flush_valkey, (*CLUSTER, ("compute", "Valkey"))),
    "valkey-lost": AccountAct(_fail_over_valkey, (("compute", "Valkey"),)),
    "dynamodb-throttled": AccountAct(_cap_writes, (("data", "Tracking"),)),
    "archive-replayed": AccountAct(_replay_an_hour, (("data", "Bus"), *(("data", one) for one in REPLAYED))),
    "clocks-skewed": AccountAct(_skew_clocks, STREAM),
    "database-lost": AccountAct(_fail_over_database, (("compute", "Database"),)),
}
