"""Request bodies: limited before anything reads them, and with a length when they came in chunks."""

import asyncio
import re
from collections.abc import Iterator
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO

from swiftlogix.edge.protocol import (
    Application,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
    drop_headers,
    find_header,
)
from tracking.limits import ADMIN_BODY_BYTES, API_BODY_BYTES, OTHER_BODY_BYTES, PROOF_BODY_BYTES

API = "/api/"
ADMIN = "/admin/"
PROOFS = re.compile(r"/api/v1/shipments/[^/]+/proofs")
# Above this size a body that came in chunks waits in a file.
IN_MEMORY_BYTES = 256 * 1024
PIECE_BYTES = 64 * 1024
READS = frozenset({"GET", "HEAD"})
FRAMING = frozenset({b"content-length", b"transfer-encoding"})
# Key of the scope: the HTTP status that Django is to answer with, without a view.
REFUSAL = "refusal"


class TooLargeBodyError(Exception):
    """Raised while reading a body that is larger than allowed."""


class ClientGoneError(Exception):
    """Raised when the client disconnects before its body is complete."""


class LimitedBodies:
    """Layer that lets bodies through up to the limit of their path.

    A larger one is not read any further: Django is called without a body, and with the status 413 under
    `REFUSAL` in the scope. A body without a length (chunks) is read first and gets one, since Django REST
    framework takes a request without `Content-Length` for one without a body.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application with a body of known and allowed length."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        limit = find_limit(scope["path"])
        declared = read_length(scope["headers"])
        if declared is None and is_bare_read(scope):
            await self._application(scope, receive, send)
        elif declared is None:
            await self._call_with_read_body(scope, receive, send, limit)
        elif declared > limit:
            await self._refuse(scope, send)
        else:
            await self._application(scope, receive, send)

    async def _call_with_read_body(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as body:
            try:
                length = await _read(receive, body, limit)
            except TooLargeBodyError:
                body.close()
                await self._refuse(scope, send)
                return
            except ClientGoneError:
                return
            body.seek(0)
            sized = _with_length(scope, length) if length else scope
            await self._application(sized, _replay(body, receive), send)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        """Let Django answer 413."""
        bare = {**scope, "headers": drop_headers(scope["headers"], FRAMING), REFUSAL: 413}
        await self._application(bare, _replay(BytesIO(), _receive_nothing), send)


def find_limit(path: str) -> int:
    """Return how many bytes a body for this path may have."""
    if PROOFS.fullmatch(path):
        return PROOF_BODY_BYTES
    if path.startswith(ADMIN):
        return ADMIN_BODY_BYTES
    return API_BODY_BYTES if path.startswith(API) else OTHER_BODY_BYTES


def read_length(headers: Headers) -> int | None:
    """Return the length that the headers declare; None for a body in chunks, and without a usable length."""
    sent = find_header(headers, b"content-length")
    if sent is None or not sent.isdigit() or find_header(headers, b"transfer-encoding") is not None:
        return None
    return int(sent[:20])


def is_bare_read(scope: Scope) -> bool:
    """Return whether a request is a read without a body (RFC 9112, section 6.3)."""
    return scope.get("method") in READS and not any(name in FRAMING for name, _ in scope["headers"])


async def _read(receive: Receive, body: IO[bytes], limit: int) -> int:
    """Write the body to the file and return its length."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        piece: bytes = message.get("body", b"")
        length += len(piece)
        if length > limit:
            raise TooLargeBodyError
        body.write(piece)
        more = message.get("more_body", False)
    return length


def _with_length(scope: Scope, length: int) -> Scope:
    headers = drop_headers(scope["headers"], FRAMING)
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}


def _replay(body: IO[bytes], receive: Receive) -> Receive:
    """Return a `receive` that yields the file's content, and then what `receive` yields."""
    pieces = _pieces(body)

    async def receive_again() -> Message:
        return next(pieces, None) or await receive()

    return receive_again


def _pieces(body: IO[bytes]) -> Iterator[Message]:
    while piece := body.read(PIECE_BYTES):
        yield {"type": "http.request", "body": piece, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}


async def _receive_nothing() -> Message:
    """Wait until cancelled: the server discards the rest of a refused body once it is answered."""
    never: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    return await never
