"""Runs the AWS emulator behind a secret: it answers only requests that name the access key.

The emulator accepts every access key, and lets every page in a browser read its answers (CORS). This is a
program of its own; its environment has the access key as `EMULATOR_ACCESS_KEY`.
"""

import hmac
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from ministack import app as emulator

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# Of a signed request: in the header `Authorization`, or in the query of a signed address.
IN_HEADER = re.compile(r"Credential=([^/,\s]+)/")
IN_QUERY = re.compile(r"(?:^|&)X-Amz-Credential=([^/&]+)/")
CROSS_ORIGIN = b"access-control-"
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
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(REFUSED)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSED})


if __name__ == "__main__":
    emulator.app = guard(emulator.app, os.environ["EMULATOR_ACCESS_KEY"])
    emulator.main()
