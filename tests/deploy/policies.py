"""Policies of the roles in compute.yaml, as what they grant: actions on resources, by leading keys."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from tests.deploy.templates import TEMPLATES

# In data.yaml all names begin so.
PREFIX = re.compile(r"swiftlogix-\$\{Stage\}-")
ROLES = ("web", "shards", "queues")


class Grant(NamedTuple):
    """Action that a role may carry out on resources of a pattern, with keys of a pattern."""

    role: str
    action: str
    resource: str
    key: str = "*"

    def covers(self, role: str, action: str, resource: str, key: str) -> bool:
        """Return whether a recorded call needs no more than this grant."""
        return (
            (role, action) == (self.role, self.action)
            and fnmatchcase(resource, self.resource)
            and fnmatchcase(key, self.key)
        )

    def __str__(self) -> str:
        key = "" if self.key == "*" else f" {self.key}"
        return f"{self.role} {self.action} {self.resource}{key}"


def list_grants(compute: dict[str, Any] = TEMPLATES["compute"]) -> list[Grant]:
    """Return what the policies of the roles in the template of compute grant."""
    return [
        Grant(role, action, resource, key)
        for role in ROLES
        for policy in compute["Resources"][f"{role.title()}Role"]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for action in _list(statement["Action"])
        for resource in _list_resources(statement)
        for key in _list_keys(statement)
    ]


def find_missing(recorded: Iterable[str], grants: Iterable[Grant]) -> list[str]:
    """Return the recorded calls (`role action resource key`) that no grant covers."""
    grants = list(grants)
    return sorted(call for call in recorded if not any(grant.covers(*_split(call)) for grant in grants))


def find_unused(recorded: Iterable[str], grants: Iterable[Grant]) -> list[str]:
    """Return the grants that no recorded call needs."""
    calls = [_split(call) for call in recorded]
    unused = {_name(grant) for grant in grants if not any(grant.covers(*call) for call in calls)}
    used = {_name(grant) for grant in grants if any(grant.covers(*call) for call in calls)}
    return sorted(unused - used)


def _name(grant: Grant) -> str:
    """Return a grant as text; work queues count as one, since the same code drains them all."""
    return str(grant._replace(resource="queue") if grant.action.startswith("sqs:") else grant)


def _split(call: str) -> tuple[str, str, str, str]:
    role, action, resource, *key = call.split(" ")
    return role, action, resource, key[0] if key else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _list_resources(statement: dict[str, Any]) -> Iterator[str]:
    """Yield the resources of a statement as recorded calls name them: an index is its table."""
    if "NotResource" in statement:
        yield "phone"
        return
    for resource in _list(statement["Resource"]):
        if resource == "*":
            # Alarms and traces name no resource; a rule of the templates lists the actions with `*`.
            yield "*"
            continue
        name = PREFIX.split(resource["Fn::Sub"])[-1]
        if "/index/" not in name:
            # A recorded object is named by its folder alone.
            yield name.removesuffix("*") if name.startswith("files/") else name


def _list_keys(statement: dict[str, Any]) -> list[str]:
    condition = statement.get("Condition", {})
    for values in condition.values():
        for patterns in values.values():
            return _list(patterns)
    return ["*"]
