"""Web role that notes when each request passes its stages; `GET /bench/noted` answers with what was noted.

Run it as `python -m laboratory.bench.traced_web --port PORT`. It differs from `swiftlogix.web` in that alone.
"""

import argparse
import gc
import os
import time
from contextvars import ContextVar
from importlib import import_module
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django

django.setup()

import msgspec
import uvicorn
from django.conf import settings

from laboratory.bench.read_stages import NOTED, Noted, Passage
from laboratory.local.addresses import LOOPBACK
from swiftlogix.edge.application import protect
from swiftlogix.edge.direct_reads import DirectReads
from swiftlogix.edge.kept_answers import KeptAnswers
from swiftlogix.edge.protocol import Application, Receive, Scope, Send, find_header
from swiftlogix.edge.public_limit import may_read
from swiftlogix.edge.public_requests import REQUEST_ID
from swiftlogix.edge.public_states import PublicStates
from swiftlogix.web import make_config
from tracking.services.reading.shipments import Tracked

_current: ContextVar[Passage] = ContextVar("passage")


class TracedStates(PublicStates):
    """States for public reads; notes when a request asks for one and when it gets it."""

    async def read(self, shipment_id: str) -> Tracked | None:
        """Return the state of a shipment."""
        passage = _current.get()
        passage.asked_at = time.monotonic()
        try:
            return await super().read(shipment_id)
        finally:
            passage.given_at = time.monotonic()


class TracedRequests:
    """Outermost layer: notes when the application is called and when it has answered."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._noted = Noted()
        self._pause_began_at = 0.0
        gc.callbacks.append(self._note_pause)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the application, or with what was noted."""
        if scope["type"] == "http" and scope["path"] == NOTED:
            await self._hand_out(send)
            return
        passage = Passage(time.monotonic())
        _current.set(passage)
        await self._application(scope, receive, send)
        passage.answered_at = time.monotonic()
        name = find_header(scope["headers"], REQUEST_ID)
        if name is not None:
            self._noted.passages[name.decode("latin-1")] = passage

    async def _hand_out(self, send: Send) -> None:
        noted, self._noted = self._noted, Noted()
        body = msgspec.json.encode(noted)
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    def _note_pause(self, phase: str, _info: dict[str, Any]) -> None:
        if phase == "start":
            self._pause_began_at = time.monotonic()
        else:
            self._noted.pauses.append((self._pause_began_at, time.monotonic()))


def make_application() -> Application:
    """Return the product's application for HTTP, traced.

    The product's own application is loaded only now: it lists the static files that are there when it is.
    """
    threads = import_module("swiftlogix.asgi").threads
    kept = KeptAnswers(DirectReads(threads, may_read, TracedStates()), may_read)
    return TracedRequests(
        protect(kept, settings.TRUSTED_PROXIES, behind_cloudfront=settings.BEHIND_CLOUDFRONT)
    )


def main() -> None:
    """Serve until the process is asked to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    config = make_config(LOOPBACK, parser.parse_args().port)
    config.app, config.factory = "laboratory.bench.traced_web:make_application", True
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
