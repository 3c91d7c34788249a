"""Bench calls: what is counted while the product stands still, and what a thousand events add to it."""

from collections import Counter

from laboratory.bench.counted_product import Counted, read_counts
from laboratory.bench.journeys import CHANGE, JOURNEYS, OF_SHIPMENT, Journeys, Step, Units, count_journeys
from laboratory.bench.plan import Quantity, Sample
from laboratory.bench.suites.calls import ROWS, UNITS, describe_idle, describe_journeys, describe_working

LOOK = "queues DynamoDB Query leases"
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
        "reads": {LOOK: 4, "command DynamoDB Query tracking": 7},
    }
    assert read_counts(answer) == Counted(
        Counter({READ: 5}), Counter({READ: 5}), Counter({RENEW: 3}), Counter({LOOK: 4})
    )


def test_standing_still_is_a_rate_of_calls_of_the_rows_they_name_and_of_the_units_they_write():
    before = Counted(Counter({READ: 100}), Counter({READ: 100}), Counter(), Counter())
    units = Counter({RENEW: 90, f"{RENEW}/an-index": 30})
    after = Counted(Counter({READ: 180, RENEW: 10}), Counter({READ: 180, RENEW: 80}), units, Counter())
    assert describe_idle(after - before, 10.0) == Sample(
        9.0,
        phases={RENEW: 1.0, READ: 8.0},
        beside={ROWS: Quantity(16.0, "a second"), UNITS: Quantity(9.0, "a second")},
    )


def test_events_cost_what_they_add_to_standing_still_and_never_less_than_nothing():
    idle = describe_idle(
        Counted(
            Counter({READ: 80, RENEW: 10}), Counter({READ: 80, RENEW: 80}), Counter({RENEW: 80}), Counter()
        ),
        10.0,
    )
    made = Counted(
        Counter({READ: 200, RENEW: 15, PUT: 7}),
        Counter({READ: 200, RENEW: 120, PUT: 50}),
        Counter({RENEW: 165}),
        Counter(),
    )
    # Twenty seconds of standing still are 160 reads and 20 renewals of 160 rows.
    assert describe_working(made, 20.0, idle) == Sample(
        47.0,
        phases={RENEW: 0.0, PUT: 7.0, READ: 40.0},
        counts={"events": 1_000},
        beside={ROWS: Quantity(50.0, "1,000 events"), UNITS: Quantity(5.0, "1,000 events")},
    )


WRITE, WATCH = "shards DynamoDB BatchExecuteStatement tracking", "queues DynamoDB GetItem tracking"


def make_counts(written: int, indexed: int, read: int) -> Counted:
    """Return counts with units of table `tracking`, and of leases, which no journey takes."""
    units = Counter({WRITE: written, f"{WRITE}/pending-index": indexed, RENEW: 10 * written})
    return Counted(Counter(), Counter(), units, Counter({WATCH: read, LOOK: 10 * read}))


def test_journeys_are_charged_by_kind_of_event_for_what_each_step_has_led_to():
    made = [
        make_counts(*each) for each in ((0, 0, 0), (16, 4, 3), (16, 4, 3), (21, 4, 4), (21, 4, 4), (37, 8, 8))
    ]
    steps = [Step(CHANGE, lambda: 1), Step(OF_SHIPMENT, lambda: 2), Step(CHANGE, lambda: 1)]
    journeys = count_journeys(iter(steps), iter(made).__next__, lambda: True)
    assert journeys == Journeys(
        Counter({CHANGE: 2, OF_SHIPMENT: 2}),
        {CHANGE: Units(32, 8, 3.5), OF_SHIPMENT: Units(5, 0, 0.5)},
        complete=True,
    )
    assert describe_journeys(journeys, "written") == Sample(
        37.0, phases={CHANGE: 32.0, OF_SHIPMENT: 5.0}, counts={CHANGE: 2, OF_SHIPMENT: 2}
    )


def test_journeys_of_which_a_record_is_missing_do_not_count():
    counts = [make_counts(0, 0, 0), make_counts(5, 0, 0)]
    journeys = count_journeys(iter([Step(CHANGE, lambda: 1)]), iter(counts).__next__, lambda: False)
    assert [describe_journeys(journeys, name).void_reason for name in JOURNEYS] == [
        "not all events were recorded"
    ] * 3
