"""Expiry of records in the emulator's stream, at a cost that does not grow with the stream.

The emulator looks at every record of every shard at each read and each write of the stream: after an hour of
a demo at 72,000 records. Records of a shard are in the order of their arrival, so the oldest one says whether
any has expired.
"""

import time
from itertools import takewhile
from typing import Any

from ministack.services import kinesis

ARRIVAL = "ApproximateArrivalTimestamp"
HOUR_S = 3600


def expire_from_the_oldest() -> None:
    """Let the emulator look for expired records from the oldest on; call it once, before it starts."""
    kinesis._expire_records = expire_records  # noqa: SLF001 - there is no public place for it


def expire_records(stream: dict[str, Any]) -> None:
    """Drop the records of each shard that are older than the retention of the stream."""
    from_s = time.time() - stream["RetentionPeriodHours"] * HOUR_S
    for shard in stream["shards"].values():
        records = shard["records"]
        expired = sum(1 for _ in takewhile(lambda record: record[ARRIVAL] < from_s, records))
        if expired:
            shard["records"] = records[expired:]
