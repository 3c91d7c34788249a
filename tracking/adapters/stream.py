"""Puts records on the Kinesis stream, and says of each whether it is durably kept."""

import random
import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import structlog

from tracking.adapters.aws import AWS_ERRORS, as_our_error, build_client
from tracking.domain.errors import TransientError

RECORDS_A_CALL = 500
RETRIES = 3
# The longest pause before each further try, in seconds; the true one is drawn below it.
MAX_PAUSES_S = (0.1, 0.3, 0.9)

Records = Sequence[tuple[str, bytes]]
log = structlog.get_logger()


class KinesisEventStream:
    """The product's own way onto the stream devices write to.

    Records of one partition key keep their order as long as none of them is refused; one that is tried again
    may come after its successors, which the fold puts right.
    """

    def __init__(self, stream: str) -> None:
        self._stream = stream

    @cached_property
    def _client(self) -> Any:
        return build_client("kinesis", hot=True)

    def put(self, records: Records) -> list[str | None]:
        """Put (partition key, bytes) records, 500 a call; per record None when accepted, else why not."""
        outcomes: list[str | None] = []
        for start in range(0, len(records), RECORDS_A_CALL):
            outcomes += self._put_some(records[start : start + RECORDS_A_CALL])
        return outcomes

    def _put_some(self, records: Records) -> list[str | None]:
        outcomes: list[str | None] = ["not tried"] * len(records)
        waiting = list(range(len(records)))
        for tries in range(1 + RETRIES):
            if tries:
                time.sleep(random.uniform(0, MAX_PAUSES_S[tries - 1]))  # noqa: S311 - jitter, no secret
            answers, final = self._call([records[index] for index in waiting])
            for index, answer in zip(waiting, answers, strict=True):
                outcomes[index] = answer
            waiting = [index for index in waiting if outcomes[index] is not None]
            if final or not waiting:
                break
        if waiting:
            log.warning("put", outcome="refused", records=len(waiting), reason=outcomes[waiting[0]])
        return outcomes

    def _call(self, records: Records) -> tuple[list[str | None], bool]:
        """One PutRecords: an answer per record, and whether another try is pointless."""
        try:
            answer = self._client.put_records(
                StreamName=self._stream,
                Records=[{"PartitionKey": key, "Data": data} for key, data in records],
            )
        except AWS_ERRORS as error:
            ours = as_our_error(error)
            return [str(ours)] * len(records), not isinstance(ours, TransientError)
        return [entry.get("ErrorCode") for entry in answer["Records"]], False
