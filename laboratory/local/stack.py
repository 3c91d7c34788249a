"""Creates the AWS resources of `deploy/templates/data.yaml` in the emulator, and adds what it leaves out."""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from laboratory.local.addresses import wait_until
from laboratory.local.environment import PARAMETERS
from laboratory.local.errors import LocalError
from tracking.adapters.aws import build_client

TEMPLATE = settings.BASE_DIR / "deploy" / "templates" / "data.yaml"
TIMEOUT_S = 30.0
TTL_ATTRIBUTE = "expires_at"


def apply_stack(template: Path = TEMPLATE) -> None:
    """Create or update every resource of the template with `Stage=local`; safe to repeat.

    Raises `LocalError` if a resource is missing afterwards: the emulator sometimes reports success for
    updates it has not made.
    """
    _create_or_update(template)
    missing = find_missing()
    if missing:
        raise LocalError(
            "The emulator reports the stack as complete, but these are missing: "
            + ", ".join(missing)
            + ". Its stored state is damaged: remove the folder `aws` in the var folder and start again."
        )
    _enable_ttl()


def read_local_parameters() -> list[dict[str, str]]:
    """Return the parameters of the template from deploy/params/local.json, as CloudFormation takes them."""
    chosen = {"Stage": settings.STAGE} | json.loads(PARAMETERS.read_text())["parameters"]
    return [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in chosen.items()]


def stack_name() -> str:
    """Return the stack's name, `swiftlogix-<stage>-data`."""
    return f"swiftlogix-{settings.STAGE}-data"


def find_missing() -> list[str]:
    """Return the names in `settings.AWS_NAMES` that do not exist in the emulator."""
    names = settings.AWS_NAMES
    return [
        *_find_absent([names["stream"]], _streams()),
        *_find_absent([names["tracking_table"], names["leases_table"]], _tables()),
        *_find_absent([names["bus"]], _buses()),
        *_find_absent([*names["queues"].values(), *names["dead_letter_queues"].values()], _queues()),
        *_find_absent(names["topics"].values(), _topics()),
        *_find_absent([names["bucket"]], _buckets()),
    ]


def _create_or_update(template: Path) -> None:
    cloudformation = build_client("cloudformation")
    request = {
        "StackName": stack_name(),
        "TemplateBody": template.read_text(),
        "Parameters": read_local_parameters(),
    }
    try:
        cloudformation.create_stack(**request)
    except cloudformation.exceptions.AlreadyExistsException:
        _update(cloudformation, request)
    wait_until(lambda: not _status(cloudformation).endswith("IN_PROGRESS"), TIMEOUT_S)
    status = _status(cloudformation)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise LocalError(f"The stack {stack_name()} ended as {status}: {_first_failure(cloudformation)}")


def _update(cloudformation: Any, request: dict[str, Any]) -> None:
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def _status(cloudformation: Any) -> str:
    return str(cloudformation.describe_stacks(StackName=stack_name())["Stacks"][0]["StackStatus"])


def _first_failure(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=stack_name())["StackEvents"]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("FAILED")]
    return f"{failed[0]['LogicalResourceId']}: {failed[0].get('ResourceStatusReason')}" if failed else "?"


def _enable_ttl() -> None:
    # The emulator ignores TimeToLiveSpecification; without it old rows would never be deleted.
    dynamodb = build_client("dynamodb")
    for table in (settings.AWS_NAMES["tracking_table"], settings.AWS_NAMES["leases_table"]):
        state = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if state["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
            dynamodb.update_time_to_live(
                TableName=table,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL_ATTRIBUTE},
            )


def _find_absent(wanted: Any, found: set[str]) -> list[str]:
    return [name for name in wanted if name not in found]


def _streams() -> set[str]:
    return set(build_client("kinesis").list_streams()["StreamNames"])


def _tables() -> set[str]:
    return set(build_client("dynamodb").list_tables()["TableNames"])


def _buses() -> set[str]:
    return {bus["Name"] for bus in build_client("events").list_event_buses()["EventBuses"]}


def _queues() -> set[str]:
    return {url.rsplit("/", 1)[1] for url in build_client("sqs").list_queues().get("QueueUrls", [])}


def _topics() -> set[str]:
    return {topic["TopicArn"].rsplit(":", 1)[1] for topic in build_client("sns").list_topics()["Topics"]}


def _buckets() -> set[str]:
    return {bucket["Name"] for bucket in build_client("s3").list_buckets()["Buckets"]}
