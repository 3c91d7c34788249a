"""An application behind a layer of the edge that records what it is called with."""

from typing import Any


class Recorder:
    """ASGI application that reads the whole body of a request and records it with the scope."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Record the call; answer a request with 200."""
        self.scopes.append(scope)
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def make_scope(kind: str = "http", path: str = "/", **fields: Any) -> dict[str, Any]:
    """Return a scope as uvicorn makes it; `headers` are given as text."""
    headers = [(name.lower().encode(), value.encode()) for name, value in fields.pop("headers", ())]
    whole = {"client": ("203.0.113.9", 4000), "query_string": b"", "path": path, "headers": headers}
    return {"type": kind, **whole, **fields}


async def call(layer: Any, scope: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Call a layer with these messages of the client; return the messages of the server."""
    waiting, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await layer(scope, receive, send)
    return sent
