"""HTTP requests on a fixed pool of threads: Django's WSGI handler behind an ASGI server.

Django's ASGI handler starts a thread per request, which costs more than most answers.
"""

import asyncio
import contextvars
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple, TypeVar

from swiftlogix.edge.bodies import IN_MEMORY_BYTES, REFUSAL
from swiftlogix.edge.protocol import Headers, Receive, Scope, Send, find_client
from tracking.api.public import DONE_BEFORE
from tracking.limits import RETRY_AFTER_S, WAITING_REQUESTS
from tracking.pages.trouble import REFUSAL as ENVIRON_REFUSAL

T = TypeVar("T")
Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
# Headers that WSGI names differently.
_BARE = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}


class Answer(NamedTuple):
    """Answer of a WSGI application."""

    status: int
    headers: Headers
    body: bytes


class FixedThreads:
    """ASGI application that calls a WSGI application on `threads` threads.

    At most `waiting` requests wait for a thread. A further one is answered 503 by the application on a thread
    of its own, and while that one is full as well, 503 without a body.
    """

    def __init__(self, application: WsgiApplication, threads: int, waiting: int = WAITING_REQUESTS) -> None:
        self._application = application
        self._work = _BoundedPool(threads, waiting, "web")
        self._refusals = _BoundedPool(1, waiting, "web-refusal")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # A body is read before the request counts: slow clients must not take the places of others.
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as body:
            if REFUSAL in scope or await _read_body(receive, body):
                await _send(send, await self._answer(scope, body))

    async def _answer(self, scope: Scope, body: IO[bytes]) -> Answer:
        """Return the answer of the application, or 503."""
        pool = self._work
        if not pool.has_room():
            scope, pool = {**scope, REFUSAL: int(HTTPStatus.SERVICE_UNAVAILABLE)}, self._refusals
        if not pool.has_room():
            return _make_bare_refusal()
        with pool:
            return await pool.run(partial(self._call, make_environ(scope, body)))

    def _call(self, environ: Environ) -> Answer:
        """Call the application and return its whole answer."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            started.append((status, headers))

        pieces = self._application(environ, start_response)
        try:
            body = b"".join(pieces)
        finally:
            # Django ends the request here: it closes files and old database connections.
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        status, headers = started[-1]
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return Answer(int(status[:3]), encoded, body)


class _BoundedPool:
    """Threads, and the requests that run on them or wait for them; used in one event loop."""

    def __init__(self, threads: int, waiting: int, name: str) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threads + waiting

    def has_room(self) -> bool:
        """Return whether one more request may run or wait."""
        return self._room > 0

    def __enter__(self) -> None:
        self._room -= 1

    def __exit__(self, *_: object) -> None:
        self._room += 1

    async def run(self, call: Callable[[], T]) -> T:
        """Run the call on a thread, in a copy of this context."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, context.run, call)


def make_environ(scope: Scope, body: IO[bytes]) -> Environ:
    """Return the WSGI environment (PEP 3333) of an ASGI scope; repeated headers are joined."""
    host, port = scope.get("server") or ("localhost", 80)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": find_client(scope),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if REFUSAL in scope:
        environ[ENVIRON_REFUSAL] = scope[REFUSAL]
    if DONE_BEFORE in scope:
        environ[DONE_BEFORE] = scope[DONE_BEFORE]
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        # With an underscore it would pass for another header, one that only a proxy may set.
        if "_" not in name:
            key = _BARE.get(name) or "HTTP_" + name.upper().replace("-", "_")
            joint = "; " if name == "cookie" else ","
            environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ


async def _read_body(receive: Receive, body: IO[bytes]) -> bool:
    """Write the body to the file; return False if the client has left before its end."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        body.write(message.get("body", b""))
        more = message.get("more_body", False)
    body.seek(0)
    return True


async def _send(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def _make_bare_refusal() -> Answer:
    retry = str(RETRY_AFTER_S).encode()
    headers = [(b"retry-after", retry), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    return Answer(HTTPStatus.SERVICE_UNAVAILABLE, headers, b"")
