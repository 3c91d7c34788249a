"""Records of the emulator's stream expire by their age, and the emulator's own rule says the same."""

import time
from copy import deepcopy
from typing import Any

import pytest
from ministack.services import kinesis

from laboratory.local.record_expiry import ARRIVAL, HOUR_S, expire_records

emulators_own = kinesis._expire_records


def make_stream(*ages_h: float) -> dict[str, Any]:
    """Return a stream that keeps a day, with a shard of records of these ages and an empty one."""
    now = time.time()
    records = [{ARRIVAL: now - age_h * HOUR_S, "Data": str(age_h)} for age_h in ages_h]
    return {"RetentionPeriodHours": 24, "shards": {"a": {"records": records}, "b": {"records": []}}}


@pytest.mark.parametrize(
    ("ages_h", "left"),
    [
        ((), []),
        ((23, 1), ["23", "1"]),
        ((30, 25, 23, 1), ["23", "1"]),
        ((30, 25), []),
    ],
)
def test_records_older_than_the_retention_are_dropped(ages_h, left):
    stream = make_stream(*ages_h)
    by_emulator = deepcopy(stream)
    expire_records(stream)
    emulators_own(by_emulator)
    assert [record["Data"] for record in stream["shards"]["a"]["records"]] == left
    assert stream == by_emulator
