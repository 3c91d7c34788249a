"""Public reads are counted by their answers; requests that are not valid, and other pages, are not."""

import pytest

from swiftlogix.edge.counted_reads import CountedReads
from tests.tracking.conftest import world
from tracking.ports import ports
from tracking.receipts import ReceiptMeter

__all__ = ["world"]


async def count(*requests):
    """Return answered and failed reads after requests, each a path and the status of its answer."""
    meter = ReceiptMeter()

    async def answer(scope, receive, send):
        if isinstance(scope["status"], Exception):
            raise scope["status"]
        if scope["status"]:
            await send({"type": "http.response.start", "status": scope["status"], "headers": []})
            await send({"type": "http.response.body", "body": b""})

    async def send(message):
        pass

    layer = CountedReads(answer, meter)
    for path, status in requests:
        scope = {"type": "http", "path": path, "status": status}
        if isinstance(status, Exception):
            with pytest.raises(type(status)):
                await layer(scope, None, send)
        else:
            await layer(scope, None, send)
    if layer._reporter:
        layer._reporter.close()
    figures = meter.take_changed() or {}
    kept = [each for of_slot in ports().receipts.read(list(meter._slots)) for each in of_slot]
    return [(each.answered, each.failed) for each in [*figures.values(), *kept]]


async def test_answers_and_failures_of_public_reads_are_counted_and_stored(world):
    reads = [("/tracking/1", 200), ("/tracking/1/", 304), ("/tracking/2", 503), ("/tracking/2", OSError())]
    # Per slot of five minutes and of an hour.
    assert await count(*reads) == [(2, 2), (2, 2)]


async def test_what_is_no_valid_public_read_is_not_counted(world):
    others = [("/tracking/x", 404), ("/tracking/x", 429), ("/ops/", 500), ("/tracking/1", None)]
    assert await count(*others) == []
