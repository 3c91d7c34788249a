"""Change bus on EventBridge: each change, and each change in its `also`, is one entry."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import msgspec
import structlog

from tracking.adapters.aws import AWS_ERRORS, build_client, is_transient, to_domain_error
from tracking.domain.bus_rules import SOURCE, TYPE_PREFIX
from tracking.domain.changes import split_change
from tracking.domain.errors import PermanentError, SwiftLogixError, TransientError
from tracking.domain.events import Change

ENTRIES_PER_CALL = 10
BYTES_PER_CALL = 256 * 1024

log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


class _Entry(NamedTuple):
    """Entry of a PutEvents call, with the index of the change it belongs to."""

    change_index: int
    detail_type: str
    detail: str

    @property
    def size(self) -> int:
        """Size in bytes as EventBridge counts it: source, detail type and detail."""
        return len(SOURCE) + len(self.detail_type) + len(self.detail.encode())


class EventBridgeBus:
    """`ChangeBus` on one event bus. Safe to use from many threads."""

    def __init__(self, bus_name: str) -> None:
        """Take the name of the bus. No call is made yet."""
        self._bus_name = bus_name

    @cached_property
    def _events(self) -> Any:
        return build_client("events", hot=True)

    def publish(self, changes: Sequence[Change]) -> list[Change]:
        """Put changes on the bus, in calls of at most 10 entries and 256 KB.

        Return the changes whose entries were all taken. If none were, raise the first error:
        `TransientError`, or `PermanentError` if the bus does not exist or every change is invalid.
        """
        refused: dict[int, SwiftLogixError] = {}
        for batch in _cut(_make_entries(changes)):
            for entry, error in zip(batch, self._put(batch), strict=True):
                if error is not None:
                    refused.setdefault(entry.change_index, error)
        if refused:
            first = next(iter(refused.values()))
            if len(refused) == len(changes):
                raise first
            log.warning("publish", outcome="refused", changes=len(refused), of=len(changes), error=str(first))
        return [change for index, change in enumerate(changes) if index not in refused]

    def _put(self, batch: Sequence[_Entry]) -> list[SwiftLogixError | None]:
        """Return per entry None if the bus took it, else the error."""
        try:
            answer = self._events.put_events(Entries=[self._to_request(entry) for entry in batch])
        except AWS_ERRORS as error:
            return [to_domain_error(error)] * len(batch)
        return [_read_result(result) for result in answer["Entries"]]

    def _to_request(self, entry: _Entry) -> dict[str, str]:
        return {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": entry.detail_type,
            "Detail": entry.detail,
        }


def _make_entries(changes: Sequence[Change]) -> Iterator[_Entry]:
    for index, change in enumerate(changes):
        for single in split_change(change):
            yield _Entry(index, TYPE_PREFIX + single.type, _encode(single).decode())


def _cut(entries: Iterable[_Entry]) -> Iterator[list[_Entry]]:
    """Yield the entries in batches that fit into one call."""
    batch: list[_Entry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == ENTRIES_PER_CALL or size + entry.size > BYTES_PER_CALL):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch


def _read_result(result: dict[str, str]) -> SwiftLogixError | None:
    code = result.get("ErrorCode")
    if not code:
        return None
    message = f"PutEvents: {code}: {result.get('ErrorMessage', '')}"
    return TransientError(message) if is_transient(code) else PermanentError(message)
