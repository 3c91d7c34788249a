"""Event stream on Kinesis: puts records, with one result per record."""

import random
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import structlog

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.domain.errors import TransientError
from tracking.turns import TURNS

RECORDS_PER_CALL = 500
RETRIES = 3
# Longest pause before each retry, in seconds; the pause is random between 0 and this.
MAX_PAUSES_S = (0.1, 0.3, 0.9)

Records = Sequence[tuple[str, bytes]]
log = structlog.get_logger()


class KinesisEventStream:
    """`EventStream` on the Kinesis stream that devices write to as well.

    Records of one partition key keep their order as long as none of them is refused. A record that is put
    again may come after its successors; the fold accepts any order.
    """

    def __init__(self, stream: str) -> None:
        self._stream = stream

    @cached_property
    def _client(self) -> Any:
        return build_client("kinesis", hot=True)

    def put(self, records: Records) -> list[str | None]:
        """Put (partition key, bytes) records, 500 per call; return per record None, or the error."""
        outcomes: list[str | None] = []
        for start in range(0, len(records), RECORDS_PER_CALL):
            outcomes += self._put_batch(records[start : start + RECORDS_PER_CALL])
        return outcomes

    def _put_batch(self, records: Records) -> list[str | None]:
        outcomes: list[str | None] = ["not tried"] * len(records)
        waiting = list(range(len(records)))
        for attempt in range(1 + RETRIES):
            if attempt:
                TURNS.sleep(random.uniform(0, MAX_PAUSES_S[attempt - 1]))  # noqa: S311 - jitter, not a secret
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
        """Make one PutRecords; return a result per record, and True if a retry is pointless."""
        try:
            answer = self._client.put_records(
                StreamName=self._stream,
                Records=[{"PartitionKey": key, "Data": data} for key, data in records],
            )
        except AWS_ERRORS as error:
            ours = to_domain_error(error)
            return [str(ours)] * len(records), not isinstance(ours, TransientError)
        return [entry.get("ErrorCode") for entry in answer["Records"]], False
