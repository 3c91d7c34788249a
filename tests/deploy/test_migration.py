"""Task `migrate`, with answers of ECS as its documentation gives them."""

import boto3
import pytest
from botocore.stub import ANY, Stubber
from django.conf import settings

from deploy.migration import MigrationError, run_migration

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


def expect_start(stubber, answer) -> None:
    network = {"subnets": ["subnet-a", "subnet-b"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    request = {
        "cluster": "swiftlogix-pilot",
        "taskDefinition": "migrate:7",
        "launchType": "FARGATE",
        "startedBy": "deploy",
        "networkConfiguration": {"awsvpcConfiguration": network},
    }
    stubber.add_response("run_task", answer, request)


def expect_look(stubber, status, **fields) -> None:
    task = {"taskArn": ARN, "lastStatus": status, **fields}
    stubber.add_response("describe_tasks", {"tasks": [task]}, {"cluster": "swiftlogix-pilot", "tasks": [ARN]})


def run(ecs, logs) -> str:
    return run_migration(ecs[0], logs[0], "pilot", COMPUTE, NETWORK, pause_s=0.0)


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
    with pytest.raises(MigrationError) as failed:
        run(ecs, logs)
    assert str(failed.value) == (
        "The task migrate ended with code 1 (Essential exited).\nApplying tracking.0022\nlock timeout"
    )


def test_a_task_that_never_started_says_where_its_log_would_be(ecs, logs):
    expect_start(ecs[1], {"tasks": [{"taskArn": ARN}]})
    expect_look(ecs[1], "STOPPED", containers=[{"name": "migrate"}], stoppedReason="CannotPullContainerError")
    logs[1].add_client_error("get_log_events", "ResourceNotFoundException")
    with pytest.raises(MigrationError) as failed:
        run(ecs, logs)
    assert str(failed.value) == (
        "The task migrate ended with code None (CannotPullContainerError).\n"
        "It wrote nothing to the log group swiftlogix-pilot-beat, stream migrate/migrate/abc."
    )


def test_a_refusal_of_ecs_is_passed_on(ecs, logs):
    expect_start(ecs[1], {"tasks": [], "failures": [{"reason": "RESOURCE:ENI"}]})
    with pytest.raises(MigrationError, match=r"ECS does not start the task migrate: RESOURCE:ENI"):
        run(ecs, logs)
