"""DynamoDB in this process: the emulator's storage answers our clients, and counts what AWS would charge."""

import asyncio
import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from ministack.services import dynamodb as storage

from laboratory.bench.aws_endpoint import use_endpoint
from laboratory.local.charged_units import charge_writes, count_read_halves, watch_storage
from tracking.adapters.aws import build_client

EVENT = "before-send.dynamodb"
TARGET = "X-Amz-Target"


class _Body(io.BytesIO):
    """Body of an answer, as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        """Yield the whole body."""
        yield self.read()


class StoredTables:
    """Units of the calls since the last look: written, by call and index, and halves of units read."""

    def __init__(self) -> None:
        self.units: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()

    def forget(self) -> None:
        """Forget what was counted."""
        self.units.clear()
        self.reads.clear()

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer a request of a client as DynamoDB does."""
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        body = request.body.encode() if isinstance(request.body, str) else bytes(request.body)
        operation = headers[TARGET.lower()].partition(".")[2]
        # Its own event loop and context: clients call from several threads.
        status, answered, content = asyncio.run(self._handle(operation, headers, body))
        if status < 300:
            asked, found = json.loads(body), json.loads(content or b"{}")
            self.reads[operation] += count_read_halves(operation, asked, found)
        return AWSResponse(request.url, status, dict(answered), _Body(content))

    async def _handle(self, operation: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        charge_writes(self.units, operation, operation)
        status, answered, content = await storage.handle_request("POST", "/", headers, body, {})
        return status, answered, content if isinstance(content, bytes) else str(content).encode()


@contextmanager
def stored_tables(table: dict[str, Any]) -> Iterator[StoredTables]:
    """Let this process's clients of DynamoDB reach the storage, with one table, within the context.

    `table` are the arguments of `create_table`.
    """
    stored, before = StoredTables(), (storage._set_item, storage._remove_item)  # noqa: SLF001 - put back below
    watch_storage()
    # Nobody is called at this address.
    with use_endpoint("http://127.0.0.1:9", "bench"):
        client = build_client("dynamodb")
        for each in (client, build_client("dynamodb", hot=True)):
            each.meta.events.register(EVENT, stored.answer)
        client.create_table(**table)
        try:
            yield stored
        finally:
            client.delete_table(TableName=table["TableName"])
            storage._set_item, storage._remove_item = before  # noqa: SLF001 - as above


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
