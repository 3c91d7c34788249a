"""Bench calls: what is counted while the product stands still, and what a thousand events add to it."""

from collections import Counter

from laboratory.bench.plan import Quantity, Sample
from laboratory.bench.suites.calls import ROWS, UNITS, Counted, describe_idle, describe_working, read_counts

READ, RENEW, PUT = (
    "shards Kinesis GetRecords",
    "queues DynamoDB BatchExecuteStatement",
    "shards AWSEvents PutEvents",
)


def test_only_the_calls_of_the_products_roles_count():
    answer = {
        "calls": {READ: 5, "command Kinesis PutRecords scans": 9, "other query Publish": 1},
        "rows": {READ: 5, "command Kinesis PutRecords scans": 900, "other query Publish": 1},
        "units": {RENEW: 3, "command DynamoDB PutItem tracking": 7},
    }
    assert read_counts(answer) == Counted(Counter({READ: 5}), Counter({READ: 5}), Counter({RENEW: 3}))


def test_standing_still_is_a_rate_of_calls_of_the_rows_they_name_and_of_the_units_they_write():
    before = Counted(Counter({READ: 100}), Counter({READ: 100}), Counter())
    after = Counted(
        Counter({READ: 180, RENEW: 10}),
        Counter({READ: 180, RENEW: 80}),
        Counter({RENEW: 90, f"{RENEW}/an-index": 30}),
    )
    assert describe_idle(after - before, 10.0) == Sample(
        9.0,
        phases={RENEW: 1.0, READ: 8.0},
        beside={ROWS: Quantity(16.0, "a second"), UNITS: Quantity(9.0, "a second")},
    )


def test_events_cost_what_they_add_to_standing_still_and_never_less_than_nothing():
    idle = describe_idle(
        Counted(Counter({READ: 80, RENEW: 10}), Counter({READ: 80, RENEW: 80}), Counter({RENEW: 80})), 10.0
    )
    made = Counted(
        Counter({READ: 200, RENEW: 15, PUT: 7}),
        Counter({READ: 200, RENEW: 120, PUT: 50}),
        Counter({RENEW: 165}),
    )
    # Twenty seconds of standing still are 160 reads and 20 renewals of 160 rows.
    assert describe_working(made, 20.0, idle) == Sample(
        47.0,
        phases={RENEW: 0.0, PUT: 7.0, READ: 40.0},
        counts={"events": 1_000},
        beside={ROWS: Quantity(50.0, "1,000 events"), UNITS: Quantity(5.0, "1,000 events")},
    )
