"""Types of ASGI, as the layers of the edge use them."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def find_header(headers: Headers, name: bytes) -> bytes | None:
    """Return the value of the last header of this name (lower case); None without one."""
    return next((value for header, value in reversed(headers) if header == name), None)


def find_client(scope: Scope) -> str:
    """Return the address of the client; empty where the server does not know it."""
    return str((scope.get("client") or ("",))[0])


def drop_headers(headers: Headers, names: frozenset[bytes]) -> Headers:
    """Return the headers without those of these names (lower case)."""
    return [(name, value) for name, value in headers if name not in names]
