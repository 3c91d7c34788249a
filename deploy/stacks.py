"""Stacks of CloudFormation: what is there, change sets, and what failed."""

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from deploy.plan import Change, Stack, Templates, name_stack

# Of a template in a call; longer ones are read from the bucket.
MAX_BODY_BYTES = 51_200
PAUSE_S = 5.0
# Aurora and CloudFront take up to half an hour.
PATIENCE_S = 3600.0
# Events of the stack itself with which a change begins.
STARTS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")


class StackError(Exception):
    """Raised when CloudFormation did not make a change; its text names the first resource that failed."""


class ChangeSet(NamedTuple):
    """Change set that waits for its execution."""

    stack: str
    arn: str
    changes: tuple[Change, ...]


class Stacks:
    """Stacks of one stage in one region, by clients of that region.

    Arguments: the stage, the templates, clients of CloudFormation and S3, seconds between looks.
    """

    def __init__(
        self, stage: str, templates: Templates, cloudformation: Any, s3: Any, pause_s: float = PAUSE_S
    ) -> None:
        self._stage, self._templates, self._pause_s = stage, templates, pause_s
        self._client, self._s3 = cloudformation, s3

    def read(self, template: str) -> Stack | None:
        """Return the stack of a template; None if there is none."""
        return self._describe(name_stack(self._stage, template))

    def prepare(self, template: str, kind: str, parameters: Mapping[str, str]) -> ChangeSet | None:
        """Make a change set of type `CREATE` or `UPDATE`, and wait for it; None if nothing would change.

        Raises `StackError` if CloudFormation refuses it.
        """
        stack = name_stack(self._stage, template)
        made = self._client.create_change_set(
            StackName=stack,
            ChangeSetName=f"deploy-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{time.time_ns() % 10**9}",
            ChangeSetType=kind,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
            ],
            Tags=[{"Key": "product", "Value": "swiftlogix"}, {"Key": "stage", "Value": self._stage}],
            **self._place_template(template),
        )
        described = self._wait(lambda: self._describe_change_set(made["Id"]), lambda found: found["Status"])
        if described["Status"] == "FAILED":
            self._client.delete_change_set(ChangeSetName=made["Id"])
            reason = described.get("StatusReason", "no reason given")
            if any(text in reason for text in NOTHING_TO_DO):
                return None
            raise StackError(f"{stack}: CloudFormation refuses the change set: {reason}")
        return ChangeSet(stack, made["Id"], tuple(_read_change(entry) for entry in described["Changes"]))

    def execute(self, change_set: ChangeSet) -> Stack:
        """Carry out a change set, and return the stack when it is done.

        Raises `StackError` with what failed first; CloudFormation has then put back what it had changed.
        """
        # Else a failed first run would leave tables behind, whose names the next run needs.
        self._client.execute_change_set(ChangeSetName=change_set.arn, RetainExceptOnCreate=True)
        stack: Stack | None = self._wait(
            lambda: self._describe(change_set.stack), lambda found: found.status if found else ""
        )
        if stack is None or stack.status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise StackError(
                f"{change_set.stack} ended as {stack and stack.status}: {self._find_failure(change_set)}"
            )
        return stack

    def discard(self, change_set: ChangeSet, *, with_stack: bool) -> None:
        """Delete a change set; `with_stack` also deletes the empty stack that was made for it."""
        self._client.delete_change_set(ChangeSetName=change_set.arn)
        if with_stack:
            self._client.delete_stack(StackName=change_set.stack)

    def _place_template(self, template: str) -> dict[str, str]:
        """Return how CloudFormation gets the template: a long one by way of the bucket `files`."""
        text = self._templates.read(template)
        if len(text.encode()) <= MAX_BODY_BYTES:
            return {"TemplateBody": text}
        bucket = f"swiftlogix-{self._stage}-files"
        key = f"deploy/{template}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.yaml"
        self._s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/yaml")
        return {"TemplateURL": f"{self._s3.meta.endpoint_url}/{bucket}/{key}"}

    def _describe(self, stack: str) -> Stack | None:
        try:
            (found,) = self._client.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return Stack(
            found["StackStatus"],
            {entry["ParameterKey"]: entry["ParameterValue"] for entry in found.get("Parameters", [])},
            {entry["OutputKey"]: entry["OutputValue"] for entry in found.get("Outputs", [])},
        )

    def _describe_change_set(self, arn: str) -> dict[str, Any]:
        pages = self._client.get_paginator("describe_change_set").paginate(ChangeSetName=arn)
        described: dict[str, Any] = {}
        for page in pages:
            page["Changes"] = [*described.get("Changes", []), *page.get("Changes", [])]
            described = page
        return described

    def _find_failure(self, change_set: ChangeSet) -> str:
        """Return the resource that failed first in the newest change, with the reason."""
        events = self._client.describe_stack_events(StackName=change_set.stack)["StackEvents"]
        failed = ""
        for event in events:  # newest first
            if event["ResourceStatus"].endswith("FAILED"):
                failed = (
                    f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
                )
            if event["LogicalResourceId"] == change_set.stack and event["ResourceStatus"] in STARTS:
                break
        return failed or "no event says why"

    def _wait(self, read: Callable[[], Any], status_of: Callable[[Any], str]) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while status_of(found := read()).endswith(("IN_PROGRESS", "PENDING")):
            if time.monotonic() > deadline:
                raise StackError(f"Not done after {PATIENCE_S / 60:.0f} minutes; it goes on in AWS.")
            time.sleep(self._pause_s)
        return found


def _read_change(entry: dict[str, Any]) -> Change:
    change = entry["ResourceChange"]
    return Change(
        change["Action"],
        change["LogicalResourceId"],
        change["ResourceType"],
        change.get("Replacement", "False"),
    )
