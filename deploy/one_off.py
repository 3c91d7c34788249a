"""Runs one task of ECS to its end: the migrations, or a command of the product with the rights of a role."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

PAUSE_S = 5.0
# A migration waits two seconds for a lock, and copies no rows; the start of the task takes a minute.
PATIENCE_S = 1800.0
LINES_OF_LOG = 20
# What a command prints; CloudWatch gives so many lines at once.
LINES_OF_COMMAND = 10_000
# Roles whose task definition and rights a command can have.
ROLES = ("web", "shards", "queues", "beat")


class OneOffError(Exception):
    """Raised when the task did not end well; its text has the last lines of its log."""


class OneOff(NamedTuple):
    """Task to run: name of its container and of its log streams, task definition, log group, command.

    The command replaces that of the task definition: arguments of `swiftlogix.entrypoint`. Empty keeps it.
    """

    name: str
    definition: str
    log_group: str
    command: Sequence[str] = ()


class Ended(NamedTuple):
    """End of a task: its id, exit code (None if it never started), and why ECS stopped it."""

    task_id: str
    code: int | None
    why: str


def make_migration(stage: str, compute: Mapping[str, str]) -> OneOff:
    """Return the task `migrate`, with the image that compute.yaml names for it."""
    return OneOff("migrate", compute["MigrateTask"], f"swiftlogix-{stage}-beat")


def make_command(stage: str, role: str, words: Sequence[str]) -> OneOff:
    """Return the task that runs `manage.py` with these words, as the services of the role are set up."""
    return OneOff(role, f"swiftlogix-{stage}-{role}", f"swiftlogix-{stage}-{role}", ("command", *words))


def run_one_off(
    ecs: Any, task: OneOff, compute: Mapping[str, str], network: Mapping[str, str], pause_s: float = PAUSE_S
) -> Ended:
    """Run the task in the private subnets and wait for its end.

    Arguments: client of ECS, the task, outputs of the stacks of compute and network, seconds between looks.
    Raises `OneOffError` if ECS does not start it, or if it does not end.
    """
    overrides = {"containerOverrides": [{"name": task.name, "command": list(task.command)}]}
    answer = ecs.run_task(
        cluster=compute["ClusterName"],
        taskDefinition=task.definition,
        launchType="FARGATE",
        startedBy="deploy",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": network["PrivateSubnets"].split(","),
                "securityGroups": [compute["TaskGroupId"]],
                "assignPublicIp": "DISABLED",
            }
        },
        **({"overrides": overrides} if task.command else {}),
    )
    if answer.get("failures"):
        raise OneOffError(f"ECS does not start the task {task.name}: {answer['failures'][0].get('reason')}")
    arn = answer["tasks"][0]["taskArn"]
    ended = _wait(ecs, compute["ClusterName"], task.name, arn, pause_s)
    codes = {container["name"]: container.get("exitCode") for container in ended.get("containers", ())}
    why = ended.get("stoppedReason") or "no reason given"
    return Ended(str(arn.rsplit("/", 1)[1]), codes.get(task.name), why)


def check_end(logs: Any, task: OneOff, ended: Ended) -> None:
    """Raise `OneOffError` with the last lines of the log, unless the task ended with code 0."""
    if ended.code != 0:
        lines = "\n".join(read_log(logs, task, ended.task_id))
        raise OneOffError(f"The task {task.name} ended with code {ended.code} ({ended.why}).\n{lines}")


def read_log(logs: Any, task: OneOff, task_id: str, most: int = LINES_OF_LOG) -> list[str]:
    """Return the last lines that the task wrote, or one that says where they would be."""
    stream = f"{task.name}/{task.name}/{task_id}"
    try:
        events = logs.get_log_events(
            logGroupName=task.log_group, logStreamName=stream, limit=most, startFromHead=False
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return [f"It wrote nothing to the log group {task.log_group}, stream {stream}."]
    return [str(event["message"]) for event in events]


def _wait(ecs: Any, cluster: str, name: str, arn: str, pause_s: float) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        (task,) = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        if task["lastStatus"] == "STOPPED":
            return dict(task)
        if time.monotonic() > deadline:
            raise OneOffError(f"The task {name} still runs after {PATIENCE_S / 60:.0f} minutes: {arn}")
        time.sleep(pause_s)
