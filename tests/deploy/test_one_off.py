"""Tasks that run to their end, with answers of ECS as its documentation gives them."""

import boto3
import pytest
from botocore.stub import ANY, Stubber
from django.conf import settings

from deploy.one_off import (
    Ended,
    OneOffError,
    check_end,
    make_command,
    make_migration,
    read_log,
    run_one_off,
)

COMPUTE = {"ClusterName": "swiftlogix-pilot", "MigrateTask": "migrate:7", "TaskGroupId": "sg-1"}
NETWORK = {"PrivateSubnets": "subnet-a,subnet-b"}
ARN = "arn:aws:ecs:ap-south-1:123456789012:task/swiftlogix-pilot/abc"


@pytest.fixture
def ecs():
    client = boto3.client("ecs", region_name=settings.AWS_REGION)
    with Stubber(client) as stubber:
        yield client, stubber


@pytest.fixture
def logs():
    client = boto3.client("logs", region_name=settings.AWS_REGION)
    with Stubber(client) as stubber:
        yield client, stubber


def expect_start(stubber, answer, definition="migrate:7", **more) -> None:
    network = {"subnets": ["subnet-a", "subnet-b"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    request = {
        "cluster": "swiftlogix-pilot",
        "taskDefinition": definition,
        "launchType": "FARGATE",
        "startedBy": "deploy",
        "networkConfiguration": {"awsvpcConfiguration": network},
        **more,
    }
    stubber.add_response("run_task", answer, request)


def expect_look(stubber, status, **fields) -> None:
    task = {"taskArn": ARN, "lastStatus": status, **fields}
    stubber.add_response("describe_tasks", {"tasks": [task]}, {"cluster": "swiftlogix-pilot", "tasks": [ARN]})


def run(ecs, logs) -> str:
    task = make_migration("pilot", COMPUTE)
    ended = run_one_off(ecs[0], task, COMPUTE, NETWORK, pause_s=0.0)
    check_end(logs[0], task, ended)
    return ended.task_id


def test_the_task_runs_in_the_private_subnets_and_is_awaited(ecs, logs):
    expect_start(ecs[1], {"tasks": [{"taskArn": ARN}]})
    expect_look(ecs[1], "RUNNING")
    expect_look(ecs[1], "STOPPED", containers=[{"name": "migrate", "exitCode": 0}])
    assert run(ecs, logs) == "abc"
    ecs[1].assert_no_pending_responses()


def test_a_task_that_fails_comes_with_the_last_lines_of_its_log(ecs, logs):
    expect_start(ecs[1], {"tasks": [{"taskArn": ARN}]})
    expect_look(
        ecs[1], "STOPPED", containers=[{"name": "migrate", "exitCode": 1}], stoppedReason="Essential exited"
    )
    lines = {"events": [{"message": "Applying tracking.0022"}, {"message": "lock timeout"}]}
    request = {
        "logGroupName": "swiftlogix-pilot-beat",
        "logStreamName": "migrate/migrate/abc",
        "limit": ANY,
        "startFromHead": False,
    }
    logs[1].add_response("get_log_events", lines, request)
    with pytest.raises(OneOffError) as failed:
        run(ecs, logs)
    assert str(failed.value) == (
        "The task migrate ended with code 1 (Essential exited).\nApplying tracking.0022\nlock timeout"
    )


def test_a_task_that_never_started_says_where_its_log_would_be(ecs, logs):
    expect_start(ecs[1], {"tasks": [{"taskArn": ARN}]})
    expect_look(ecs[1], "STOPPED", containers=[{"name": "migrate"}], stoppedReason="CannotPullContainerError")
    logs[1].add_client_error("get_log_events", "ResourceNotFoundException")
    with pytest.raises(OneOffError) as failed:
        run(ecs, logs)
    assert str(failed.value) == (
        "The task migrate ended with code None (CannotPullContainerError).\n"
        "It wrote nothing to the log group swiftlogix-pilot-beat, stream migrate/migrate/abc."
    )


def test_a_refusal_of_ecs_is_passed_on(ecs, logs):
    expect_start(ecs[1], {"tasks": [], "failures": [{"reason": "RESOURCE:ENI"}]})
    with pytest.raises(OneOffError, match=r"ECS does not start the task migrate: RESOURCE:ENI"):
        run(ecs, logs)


def test_a_command_runs_as_its_role_and_its_whole_output_can_be_read(ecs, logs):
    task = make_command("pilot", "shards", ["leases", "resume", "shard-1"])
    words = ["command", "leases", "resume", "shard-1"]
    overrides = {"containerOverrides": [{"name": "shards", "command": words}]}
    expect_start(ecs[1], {"tasks": [{"taskArn": ARN}]}, "swiftlogix-pilot-shards", overrides=overrides)
    # The collector beside it has a code of its own.
    codes = [{"name": "collector", "exitCode": 137}, {"name": "shards", "exitCode": 3}]
    expect_look(ecs[1], "STOPPED", containers=codes, stoppedReason="Essential container exited")
    ended = run_one_off(ecs[0], task, COMPUTE, NETWORK, pause_s=0.0)
    assert ended == Ended("abc", 3, "Essential container exited")
    request = {
        "logGroupName": "swiftlogix-pilot-shards",
        "logStreamName": "shards/shards/abc",
        "limit": 100,
        "startFromHead": False,
    }
    logs[1].add_response("get_log_events", {"events": [{"message": "shard-1 is read again"}]}, request)
    assert read_log(logs[0], task, ended.task_id, most=100) == ["shard-1 is read again"]
