"""Canned responses of AWS for tests that emulators do not give: throttled, refused, refused in part."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse

from tracking.adapters.aws import build_client

Answer = tuple[int, dict[str, Any]]


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@contextmanager
def answering(
    service: str, operation: str, make_answer: Callable[[dict[str, Any]], Answer], *, hot: bool = True
) -> Iterator[list[dict[str, Any]]]:
    """Give the client of a service these responses during the block; yield the requests it sends."""
    sent: list[dict[str, Any]] = []

    def answer(request: AWSRequest, **_: Any) -> AWSResponse:
        sent.append(json.loads(request.body))
        status, body = make_answer(sent[-1])
        return AWSResponse(request.url, status, {}, _Raw(json.dumps(body).encode()))

    # The same arguments as in the adapters: clients are cached by them.
    client = build_client(service, hot=True) if hot else build_client(service)
    events = client.meta.events
    events.register_first(f"before-send.{service}.{operation}", answer)
    yield sent
    events.unregister(f"before-send.{service}.{operation}", answer)


def error(code: str, status: int = 400) -> Answer:
    """Return an error response as JSON services send it."""
    return status, {"__type": code, "message": f"{code}, for a test"}
