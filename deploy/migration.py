"""Runs the one-off task `migrate` with the image that compute.yaml names for it."""

import time
from collections.abc import Mapping
from typing import Any

PAUSE_S = 5.0
# A migration waits two seconds for a lock, and copies no rows; the start of the task takes a minute.
PATIENCE_S = 1800.0
LINES_OF_LOG = 20


class MigrationError(Exception):
    """Raised when the task did not end well; its text has the last lines of its log."""


def run_migration(
    ecs: Any,
    logs: Any,
    stage: str,
    compute: Mapping[str, str],
    network: Mapping[str, str],
    pause_s: float = PAUSE_S,
) -> str:
    """Run the task and wait for its end; return its id.

    Arguments: clients, the stage, the outputs of the stacks of compute and network, seconds between looks.
    Raises `MigrationError`.
    """
    cluster = compute["ClusterName"]
    answer = ecs.run_task(
        cluster=cluster,
        taskDefinition=compute["MigrateTask"],
        launchType="FARGATE",
        startedBy="deploy",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": network["PrivateSubnets"].split(","),
                "securityGroups": [compute["TaskGroupId"]],
                "assignPublicIp": "DISABLED",
            }
        },
    )
    if answer.get("failures"):
        raise MigrationError(f"ECS does not start the task migrate: {answer['failures'][0].get('reason')}")
    arn = answer["tasks"][0]["taskArn"]
    task = _wait(ecs, cluster, arn, pause_s)
    task_id = str(arn.rsplit("/", 1)[1])
    code = task["containers"][0].get("exitCode") if task.get("containers") else None
    if code != 0:
        why = task.get("stoppedReason") or "no reason given"
        raise MigrationError(
            f"The task migrate ended with code {code} ({why}).\n{read_log(logs, stage, task_id)}"
        )
    return task_id


def read_log(logs: Any, stage: str, task_id: str) -> str:
    """Return the last lines that the task wrote, or where they would be."""
    group, stream = f"swiftlogix-{stage}-beat", f"migrate/migrate/{task_id}"
    try:
        events = logs.get_log_events(
            logGroupName=group, logStreamName=stream, limit=LINES_OF_LOG, startFromHead=False
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return f"It wrote nothing to the log group {group}, stream {stream}."
    return "\n".join(str(event["message"]) for event in events)


def _wait(ecs: Any, cluster: str, arn: str, pause_s: float) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        (task,) = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        if task["lastStatus"] == "STOPPED":
            return dict(task)
        if time.monotonic() > deadline:
            raise MigrationError(f"The task migrate still runs after {PATIENCE_S / 60:.0f} minutes: {arn}")
        time.sleep(pause_s)
