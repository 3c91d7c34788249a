"""Account in which a game day is held: clients, physical names, alarms that are on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deploy.plan import RefusedError, name_stack

# Each starts a scaling, which is no news.
SCALING = ("scale-",)
PAUSE_S = 15.0
DONE_WITHIN_S = 1200.0
# AWS advises to wait for ten minutes before a replay.
ARCHIVED_AFTER_S = 600.0


class RestoreError(Exception):
    """Raised when something does not come back; its text says what, and how it is brought back by hand."""


@dataclass(frozen=True)
class Account:
    """Stage in an account.

    Arguments: the stage, clients of its region by the name of their service, how a person is addressed,
    seconds between looks, seconds until a change is in the archive of the bus.
    """

    stage: str
    client: Callable[[str], Any]
    say: Callable[[str], None]
    pause_s: float = PAUSE_S
    archived_after_s: float = ARCHIVED_AFTER_S

    def find(self, template: str, resource: str) -> str:
        """Return the physical name of a resource of a template; raises `RefusedError` if it is not there."""
        client, stack = self.client("cloudformation"), name_stack(self.stage, template)
        try:
            found = client.describe_stack_resource(StackName=stack, LogicalResourceId=resource)
        except client.exceptions.ClientError as error:
            raise RefusedError(f"{stack} has no {resource}: {error}") from error
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def find_rule(self, resource: str) -> str:
        """Return the name of a rule of the bus; CloudFormation puts that of the bus before it."""
        return self.find("data", resource).rpartition("|")[2]

    def list_raised(self) -> set[str]:
        """Return the alarms that are on now, without the prefix of the stage."""
        prefix = f"swiftlogix-{self.stage}-"
        pages = self.client("cloudwatch").get_paginator("describe_alarms")
        kinds = ["MetricAlarm", "CompositeAlarm"]
        return {
            name
            for page in pages.paginate(AlarmNamePrefix=prefix, StateValue="ALARM", AlarmTypes=kinds)
            for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
            if not (name := alarm["AlarmName"].removeprefix(prefix)).startswith(SCALING)
        }

    def promise(self, command: str) -> None:
        """Say how a fault is ended by hand, before it begins."""
        self.say(f"  Put back at the end. By hand: {command}")

    def wait(self, is_done: Callable[[], bool], what: str) -> None:
        """Look until something has come back; raises `RestoreError` if it has not after twenty minutes."""
        ends_at = time.monotonic() + DONE_WITHIN_S
        while not is_done():
            if time.monotonic() > ends_at:
                raise RestoreError(f"After {DONE_WITHIN_S / 60:.0f} minutes: {what}")
            time.sleep(self.pause_s)
