"""Answers of the public read and the health check, sent again from memory: no thread, no Django."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from cachetools import LRUCache

from swiftlogix.edge.protocol import Application, Headers, Message, Receive, Scope, Send, find_client
from swiftlogix.edge.public_requests import ANSWERED, REQUEST_ID, Asked, Key, read_request
from tracking.limits import PUBLIC_KEPT_BYTES, PUBLIC_KEPT_FOR_S

ANSWER_OVERHEAD_BYTES = 2048
# Longer bodies are not kept.
BODY_BYTES = 64 * 1024
HEALTH_ANSWERS = 16
# Headers by which an answer differs between readers.
_PERSONAL = frozenset({b"set-cookie", b"vary"})


class Kept(NamedTuple):
    """Answer of the application, its headers split where the request id stands."""

    status: int
    before_id: Headers
    after_id: Headers
    body: bytes
    ends_at: float


class KeptAnswers:
    """Layer that keeps public answers of the application for `PUBLIC_KEPT_FOR_S` and sends them again.

    An answer is sent as the application made it, with a request id of its own. Requests for the same answer
    that come while it is made wait for it. `may_read` counts a read from memory by its client address; what
    it refuses goes on to the application, which refuses it as well.
    """

    def __init__(
        self,
        application: Application,
        may_read: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application = application
        self._may_read = may_read
        self._clock = clock
        self._kept: LRUCache[Key, Kept] = LRUCache(PUBLIC_KEPT_BYTES, _measure)
        self._health: LRUCache[Key, Kept] = LRUCache(HEALTH_ANSWERS)
        self._under_way: dict[Key, asyncio.Future[None]] = {}

    def forget_all(self) -> None:
        """Remove all answers."""
        self._kept.clear()
        self._health.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or by the application."""
        asked = read_request(scope)
        if asked is None:
            await self._application(scope, receive, send)
            return
        kept = self._find(asked)
        if kept is None and asked.key in self._under_way:
            await asyncio.shield(self._under_way[asked.key])
            kept = self._find(asked)
        if kept is None:
            await self._make(asked, scope, receive, send)
        elif asked.is_health or self._may_read(find_client(scope)):
            await _send_again(kept, asked.request_id, send)
        else:
            await self._application(scope, receive, send)

    def _find(self, asked: Asked) -> Kept | None:
        if asked.is_health:
            return self._health.get(asked.key)
        kept = self._kept.get(asked.key)
        return kept if kept is not None and self._clock() < kept.ends_at else None

    async def _make(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and keep the answer if it may be kept."""
        ends_at = self._clock() + PUBLIC_KEPT_FOR_S
        made: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        is_first = self._under_way.setdefault(asked.key, made) is made
        messages: list[Message] = []

        async def send_noted(message: Message) -> None:
            messages.append(message)
            if not message.get("more_body", False) and len(messages) > 1:
                self._keep(asked, messages, ends_at)
            await send(message)

        try:
            await self._application(scope, receive, send_noted)
        finally:
            if is_first:
                del self._under_way[asked.key]
                made.set_result(None)

    def _keep(self, asked: Asked, messages: list[Message], ends_at: float) -> None:
        start, *pieces = messages
        headers: Headers = start["headers"]
        body = b"".join(piece.get("body", b"") for piece in pieces)
        at = next((place for place, (name, _) in enumerate(headers) if name == REQUEST_ID), None)
        if at is None or not _may_keep(start["status"], headers, body, is_health=asked.is_health):
            return
        kept = Kept(start["status"], headers[:at], headers[at + 1 :], body, ends_at)
        (self._health if asked.is_health else self._kept)[asked.key] = kept


def _may_keep(status: int, headers: Headers, body: bytes, *, is_health: bool) -> bool:
    """Return whether an answer is the same for everybody and small enough."""
    if status not in ANSWERED or len(body) > BODY_BYTES:
        return False
    if any(name in _PERSONAL for name, _ in headers):
        return False
    caching = next((value for name, value in headers if name == b"cache-control"), b"")
    return is_health or caching.startswith(b"public,")


def _measure(kept: Kept) -> int:
    return len(kept.body) + ANSWER_OVERHEAD_BYTES


async def _send_again(kept: Kept, request_id: str, send: Send) -> None:
    headers = [*kept.before_id, (REQUEST_ID, request_id.encode()), *kept.after_id]
    await send({"type": "http.response.start", "status": kept.status, "headers": headers})
    await send({"type": "http.response.body", "body": kept.body})
