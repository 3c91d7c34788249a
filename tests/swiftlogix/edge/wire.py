"""Calls of a running server byte by byte, as devices and other languages make them."""

import http.client
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.waiting import PATIENCE_S


class Answer(NamedTuple):
    """Answer of the server: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def read_code(self) -> Any:
        """Return the code of a problem; the content type for any other answer."""
        kind = self.headers.get("content-type", "")
        return json.loads(self.body)["code"] if kind == "application/problem+json" else kind


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | Iterable[bytes] | None = None,
    **headers: str,
) -> Answer:
    """Send a request; a body that is no `bytes` goes in chunks, unless its length is given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    chunked = body is not None and not isinstance(body, bytes) and "Content-Length" not in sent
    if chunked:
        sent["Transfer-Encoding"] = "chunked"
    connection.request(method, path, body, sent, encode_chunked=chunked)
    got = connection.getresponse()
    answer = Answer(got.status, {name.lower(): value for name, value in got.headers.items()}, got.read())
    connection.close()
    return answer


def cut(body: bytes, size: int) -> Iterable[bytes]:
    """Yield the body in chunks of this size."""
    for start in range(0, len(body), size):
        yield body[start : start + size]
