"""Runs the AWS emulator behind a secret: it answers only requests that name the access key.

The emulator accepts every access key, and lets every page in a browser read its answers (CORS). This is a
program of its own; its environment has the access key as `EMULATOR_ACCESS_KEY`. It counts the calls of each
role; the path in `EMULATOR_CALLS_PATH` answers with the numbers since the start, as JSON:
`{"calls": {"<role> <service> <operation> <resource>": number}, "rows": ..., "units": ..., "actions": ...}`,
where rows are the rows, records and messages that the calls name, units the write request units of DynamoDB
(those of an index under `<call>/<index>`), and actions are `<role> <IAM action> <resource> <key>`.
"""

import hmac
import json
import os
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any
from urllib.parse import unquote

from ministack import app as emulator

from laboratory.local.charged_units import charge_writes, watch_storage
from laboratory.local.emulator_expiry import expire_seldom
from laboratory.local.emulator_queues import delete_among_oldest
from laboratory.local.iam_actions import Action, list_actions, list_object_actions, list_query_actions

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# Of a signed request: in the header `Authorization`, or in the query of a signed address.
IN_HEADER = re.compile(r"Credential=([^/,\s]+)/")
IN_QUERY = re.compile(r"(?:^|&)X-Amz-Credential=([^/&]+)/")
CROSS_ORIGIN = b"access-control-"
# Of the user agent of our clients, of a JSON service's header, and of a query service's body.
ROLE = re.compile(rb"SwiftLogix/([a-z]+)")
TARGET = re.compile(rb"^([A-Za-z]+?)(?:_[0-9]+)?\.([A-Za-z]+)$")
ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z]+)")
# What deploy/templates/data.yaml names: a table, a queue or the stream. Cursors of a shard name no stream.
RESOURCE = re.compile(rb"swiftlogix-[a-z]+-([a-z]+(?:-dlq)?)")
# Fields that hold what a call of a batch names.
BATCHES = ("Statements", "Records", "Entries", "TransactItems")
REFUSED = b"The AWS emulator answers only requests with the access key of this demo.\n"


def guard(application: Application, access_key: str) -> Application:
    """Return the ASGI application behind the access key, without headers for other origins."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
        elif hmac.compare_digest(_read_access_key(scope).encode(), access_key.encode()):
            await application(scope, receive, _drop_cross_origin(send))
        else:
            await _refuse(scope, receive, send)

    return answer


def count_calls(application: Application, calls_path: str) -> Application:
    """Return the application that counts its requests, and answers with the numbers at `calls_path`."""
    calls: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    actions: Counter[str] = Counter()
    units: Counter[str] = Counter()

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        if scope["path"] == calls_path:
            counted = {"calls": calls, "rows": rows, "units": units, "actions": actions}
            await _send_whole(send, 200, b"application/json", json.dumps(counted).encode())
            return
        messages = await _receive_whole(receive)
        body = b"".join(message.get("body", b"") for message in messages)
        name = _name_call(scope, body)
        calls[name] += 1
        rows[name] += _count_rows(scope, body)
        actions.update(f"{name.partition(' ')[0]} {action}" for action in _name_actions(scope, body))
        charge_writes(units, name, name.split()[2])
        left = iter(messages)

        async def receive_again() -> Message:
            return next(left, None) or await receive()

        await application(scope, receive_again, send)

    return answer


async def _receive_whole(receive: Receive) -> list[Message]:
    """Return all messages of a request's body."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _name_call(scope: Message, body: bytes) -> str:
    """Return role, service, operation and resource of a request; S3 has methods instead of operations."""
    headers = dict(scope["headers"])
    role = ROLE.search(headers.get(b"user-agent", b""))
    target = TARGET.match(headers.get(b"x-amz-target", b""))
    action = ACTION.search(body)
    resource = RESOURCE.search(body)
    if target:
        service, operation = target.groups()
    elif action:
        service, operation = b"query", action[1]
    else:
        service, operation, resource = b"s3", scope["method"].encode(), None
    parts = [role[1] if role else b"other", service, operation, *((resource[1],) if resource else ())]
    return b" ".join(parts).decode()


def _name_actions(scope: Message, body: bytes) -> Iterator[Action]:
    """Return the IAM actions that a request needs."""
    target = TARGET.match(dict(scope["headers"]).get(b"x-amz-target", b""))
    if target:
        service, operation = (part.decode() for part in target.groups())
        return list_actions(service, operation, json.loads(body or b"{}"))
    if action := ACTION.search(body):
        return list_query_actions(action[1].decode(), body.decode())
    return list_object_actions(scope["method"], scope["path"])


def _count_rows(scope: Message, body: bytes) -> int:
    """Return how many rows, records or messages a request names; 1 for one that is not a batch."""
    if not dict(scope["headers"]).get(b"x-amz-target"):
        return 1
    request = json.loads(body or b"{}")
    if "RequestItems" in request:
        named = request["RequestItems"].values()
        return sum(len(one["Keys"] if isinstance(one, dict) else one) for one in named)
    return next((len(request[name]) for name in BATCHES if name in request), 1)


async def _send_whole(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _read_access_key(scope: Message) -> str:
    """Return the access key that a request names; empty if it names none."""
    authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    query = unquote(scope["query_string"].decode("latin-1"))
    found = IN_HEADER.search(authorization) or IN_QUERY.search(query)
    return found[1] if found else ""


def _drop_cross_origin(send: Send) -> Send:
    async def send_rest(message: Message) -> None:
        if "headers" in message:
            message["headers"] = [
                (name, value)
                for name, value in message["headers"]
                if not bytes(name).lower().startswith(CROSS_ORIGIN)
            ]
        await send(message)

    return send_rest


async def _refuse(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await _send_whole(send, 403, b"text/plain", REFUSED)


if __name__ == "__main__":
    watch_storage()
    expire_seldom()
    delete_among_oldest()
    emulator.app = guard(
        count_calls(emulator.app, os.environ["EMULATOR_CALLS_PATH"]), os.environ["EMULATOR_ACCESS_KEY"]
    )
    emulator.main()
