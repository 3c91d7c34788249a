"""Puts records on a Kinesis stream, as devices outside the product do."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# PutRecords takes at most 500 records a call.
RECORDS_A_CALL = 500
TIMEOUT_S = 3.0
# Threads that may put at the same time without opening connections anew.
CONNECTIONS = 16


class Receipt(NamedTuple):
    """Shard and sequence number of an accepted record."""

    shard: str
    sequence: str


class StreamSink:
    """Puts records on one stream without retries; the caller tries again."""

    def __init__(self, stream: str, region: str, endpoint: str | None = None, access_key: str = "") -> None:
        self._stream = stream
        self._client: Any = _open_session(endpoint, access_key).client(
            "kinesis",
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                connect_timeout=1,
                read_timeout=TIMEOUT_S,
                retries={"total_max_attempts": 1},
                parameter_validation=False,
                max_pool_connections=CONNECTIONS,
                tcp_keepalive=True,
            ),
        )

    def put(self, records: Sequence[tuple[str, bytes]]) -> list[Receipt | None]:
        """Put up to 500 (partition key, bytes); return a receipt per record, or None if it was refused.

        If the stream cannot be reached all are None; some may have been stored nevertheless, so that a second
        try makes repeats.
        """
        entries = [{"PartitionKey": key, "Data": raw} for key, raw in records]
        try:
            answer = self._client.put_records(StreamName=self._stream, Records=entries)
        except (BotoCoreError, ClientError):
            return [None] * len(records)
        return [
            Receipt(entry["ShardId"], entry["SequenceNumber"]) if entry.get("SequenceNumber") else None
            for entry in answer["Records"]
        ]


def _open_session(endpoint: str | None, access_key: str) -> boto3.session.Session:
    """Open a session with the access key of an emulator if one is given, else with the environment's keys."""
    if not access_key and (endpoint is None or "AWS_ACCESS_KEY_ID" in os.environ):
        return boto3.session.Session()
    return boto3.session.Session(
        aws_access_key_id=access_key or "local",
        aws_secret_access_key="local",  # noqa: S106 - an emulator checks no signature
    )
