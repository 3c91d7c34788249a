"""Answers of AWS made up for a test: what no emulator says (throttled, refused, refused in part)."""

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
    """The service's client gets these answers while the block runs; yields the requests it has sent."""
    sent: list[dict[str, Any]] = []

    def answer(request: AWSRequest, **_: Any) -> AWSResponse:
        sent.append(json.loads(request.body))
        status, body = make_answer(sent[-1])
        return AWSResponse(request.url, status, {}, _Raw(json.dumps(body).encode()))

    # Asked for in the adapters' very words: the clients are remembered by them.
    client = build_client(service, hot=True) if hot else build_client(service)
    events = client.meta.events
    events.register_first(f"before-send.{service}.{operation}", answer)
    yield sent
    events.unregister(f"before-send.{service}.{operation}", answer)


def error(code: str, status: int = 400) -> Answer:
    """An error as the JSON services send it."""
    return status, {"__type": code, "message": f"{code}, for a test"}
