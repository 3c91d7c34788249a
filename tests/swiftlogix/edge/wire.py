"""Calls of a running server byte by byte, as devices and other languages make them."""

import http.client
import json
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.local.children import Program
from laboratory.local.environment import make_role_environment
from tests.house.sources import ROOT
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


def describe_web(port: int, log: Path, *words: str, **variables: str) -> Program:
    """Return the web role as a child program, started as in production, with these words and variables."""
    return Program(
        name="web",
        command=(sys.executable, "-m", "swiftlogix.web", "--port", str(port), *words),
        environment=make_role_environment("web") | variables,
        log=log,
        folder=ROOT,
        is_ready=lambda: _is_up(port),
    )


def ask_with_expectation(port: int, length: int) -> tuple[bytes, bytes]:
    """Declare a body of this length, and send it only if the server asks for it (`Expect: 100-continue`).

    Return the status lines of the first answer and of the last one, empty if there was only one.
    """
    head = f"POST /track/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        answers = connection.makefile("rb")
        first = answers.readline().strip()
        if b" 100 " not in first:
            return first, b""
        answers.readline()
        connection.sendall(b"x" * length)
        return first, answers.readline().strip()


def is_closed_after(port: int, data: bytes) -> bool:
    """Send bytes that are no whole request; return whether the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        try:
            connection.sendall(data)
            while connection.recv(65536):
                pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True


def _is_up(port: int) -> bool:
    with suppress(OSError):
        return ask(port, "GET", "/healthz").status == 200
    return False


def cut(body: bytes, size: int) -> Iterable[bytes]:
    """Yield the body in chunks of this size."""
    for start in range(0, len(body), size):
        yield body[start : start + size]
