"""Names the IAM actions that a request to AWS needs, with the resource and the leading key of each.

A batch needs other actions than its name says: PartiQL one for each verb, a transaction one for each kind of
item, a batch of SQS that of the single call.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

NAME = re.compile(r"swiftlogix-[a-z]+-([a-z]+(?:-dlq)?)")
KEY_HEAD = re.compile(r".*[#:]")
SERVICES = {"DynamoDB": "dynamodb", "Kinesis": "kinesis", "AWSEvents": "events", "AmazonSQS": "sqs"}
VERBS = {
    "SELECT": "PartiQLSelect",
    "INSERT": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE": "PartiQLDelete",
}
IN_TRANSACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
S3_METHODS = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
# A phone number has no ARN.
PHONE = "phone"
# Of STS, which anybody may call.
NEEDS_NOTHING = ("GetCallerIdentity",)
# The only stream: cursors of its shards do not name it.
STREAM = "scans"


class Action(NamedTuple):
    """IAM action, the resource without stack prefix, and the leading key up to its last `#` or `:`."""

    name: str
    resource: str
    key: str = ""

    def __str__(self) -> str:
        """Return the three as one text."""
        return " ".join(part for part in self if part)


def list_actions(service: str, operation: str, request: Mapping[str, Any]) -> Iterator[Action]:
    """Yield the actions of a call of a JSON service, by its target and its body."""
    prefix = SERVICES.get(service, service.lower())
    if prefix == "dynamodb":
        yield from _list_of_tables(operation, request)
    elif prefix == "kinesis":
        yield Action(f"kinesis:{operation}", STREAM)
    elif prefix == "events":
        for entry in request.get("Entries", []):
            yield Action(
                f"events:{operation}", _find_name(entry.get("EventBusName", "")), entry.get("Source", "")
            )
    else:
        yield Action(f"{prefix}:{operation.removesuffix('Batch')}", _find_name(str(request)))


def list_query_actions(operation: str, body: str) -> Iterator[Action]:
    """Yield the actions of a call of a query service (SNS, STS), by its body."""
    if operation not in NEEDS_NOTHING:
        yield Action(f"sns:{operation}", PHONE if "PhoneNumber=" in body else _find_name(body))


def list_object_actions(method: str, path: str) -> Iterator[Action]:
    """Yield the actions of a request to S3; the resource is bucket and first folder."""
    bucket, _, key = path.strip("/").partition("/")
    folder, is_folder, _ = key.partition("/")
    resource = f"{_find_name(bucket)}/{folder}{is_folder}"
    yield Action(f"s3:{S3_METHODS.get(method, method)}" if key else "s3:ListBucket", resource)


def _list_of_tables(operation: str, request: Mapping[str, Any]) -> Iterator[Action]:
    if "Statements" in request or "Statement" in request:
        for one in request.get("Statements", [request]):
            yield Action(f"dynamodb:{_find_verb(one['Statement'])}", _find_name(one["Statement"]))
    elif "TransactItems" in request:
        for one in request["TransactItems"]:
            (kind,) = one
            named = IN_TRANSACTIONS.get(kind, f"{kind}Item")
            yield Action(f"dynamodb:{named}", _find_name(one[kind]["TableName"]), _find_key(one[kind]))
    elif "RequestItems" in request:
        for table in request["RequestItems"]:
            yield Action(f"dynamodb:{operation}", _find_name(table))
    else:
        yield Action(f"dynamodb:{operation}", _find_name(request.get("TableName", "")), _find_key(request))


def _find_verb(statement: str) -> str:
    return VERBS.get(statement.split(maxsplit=1)[0].upper(), statement)


def _find_key(request: Mapping[str, Any]) -> str:
    """Return the partition key of an item up to its last `#` or `:`; empty without one or without an item."""
    item = request.get("Item") or request.get("Key") or {}
    key = item.get("shipment_id") or item.get("stream") or {}
    head = KEY_HEAD.match(str(key.get("S", "")))
    return head[0] if head else ""


def _find_name(text: str) -> str:
    found = NAME.search(text)
    return found[1] if found else "?"
