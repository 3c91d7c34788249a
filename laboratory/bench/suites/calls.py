"""Bench calls: AWS calls while nothing happens and for a thousand events; units of booked shipments."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from laboratory.bench.booked_fleet import BookedFleet
from laboratory.bench.counted_product import (
    RATE,
    Counted,
    Deployment,
    put_records,
    run_product,
    wait_until_taken,
)
from laboratory.bench.inputs import make_records
from laboratory.bench.journeys import JOURNEYS, Journeys, count_journeys, list_steps
from laboratory.bench.plan import Options, Plan, Quantity, Row, Sample, at_most

IDLE, AGAIN, WORKING = "standing still", "standing still, again (control)", "a thousand events"
IDLE_UNIT, WORKING_UNIT = "AWS calls/s", "AWS calls/1,000 events"
ROWS = "rows, records and messages named"
UNITS = "write request units of DynamoDB, without indexes"
JOURNEYS_UNIT = "units of the table tracking"
# Leases, timers and the beat of a minute have all come once in this time.
IDLE_S, QUICK_IDLE_S = 60.0, 20.0
EVENTS = 1_000
# Records a second of the journeys: so few that no batch holds two of one shipment.
JOURNEYS_RATE = 30
NOT_RECORDED = "not all events were recorded"
MOST_IDLE = 20.0


def describe_idle(made: Counted, seconds: float) -> Sample:
    """Return the calls a second of a deployment that has stood still for so many seconds."""
    phases = {name: number / seconds for name, number in sorted(made.calls.items())}
    beside = {
        ROWS: Quantity(made.rows.total() / seconds, "a second"),
        UNITS: Quantity(made.count_units() / seconds, "a second"),
    }
    return Sample(made.calls.total() / seconds, phases=phases, beside=beside)


def describe_working(made: Counted, seconds: float, idle: Sample) -> Sample:
    """Return what `EVENTS` events in so many seconds have added to the calls of standing still."""
    added = {name: number - idle.phases.get(name, 0.0) * seconds for name, number in made.calls.items()}
    phases = {name: max(0.0, number) for name, number in sorted(added.items())}
    rows = made.rows.total() - idle.beside[ROWS].value * seconds
    units = made.count_units() - idle.beside[UNITS].value * seconds
    return Sample(
        sum(phases.values()),
        phases=phases,
        counts={"events": EVENTS},
        beside={
            ROWS: Quantity(max(0.0, rows), "1,000 events"),
            UNITS: Quantity(max(0.0, units), "1,000 events"),
        },
    )


def describe_journeys(made: Journeys, name: str) -> Sample:
    """Return the units `name` of all journeys, by kind of event, with the number of events of each kind."""
    phases = {kind: float(getattr(units, name)) for kind, units in made.units.items()}
    void = None if made.complete else NOT_RECORDED
    return Sample(sum(phases.values()), phases=phases, counts=dict(made.events), void_reason=void)


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start the product without a fleet, and yield the plan."""
    idle_s = QUICK_IDLE_S if options.quick else IDLE_S
    with run_product(options.folder / "product") as deployment:
        measuring = Measuring(deployment, idle_s)
        time.sleep(idle_s)
        yield Plan(
            "calls",
            [
                Row(IDLE, "ours", IDLE_UNIT, measuring.stand_still),
                Row(WORKING, "ours", WORKING_UNIT, measuring.work),
                *(
                    Row(row, "ours", JOURNEYS_UNIT, partial(measuring.read_journeys, name))
                    for name, row in JOURNEYS.items()
                ),
                Row(AGAIN, "control", IDLE_UNIT, measuring.stand_still),
            ],
            (IDLE, AGAIN),
            targets=(at_most("calls.idle", IDLE, MOST_IDLE, IDLE_UNIT),),
            config={"events": EVENTS, "rate": RATE, "shards": 2, "seconds of standing still": idle_s},
        )


class Measuring:
    """Measures the rows; both orders of a round stand still before they work."""

    def __init__(self, deployment: Deployment, idle_s: float) -> None:
        self._deployment = deployment
        self._idle_s = idle_s
        self._idle: Sample | None = None
        self._journeys: dict[int, Journeys] = {}

    def stand_still(self, _round: int) -> Sample:
        """Count the calls while nothing happens."""
        before, began_at = self._deployment.count_calls(), time.monotonic()
        time.sleep(self._idle_s)
        made = self._deployment.count_calls() - before
        self._idle = describe_idle(made, time.monotonic() - began_at)
        return self._idle

    def work(self, round_number: int) -> Sample:
        """Put the events on the stream, and count the calls until their changes have been taken."""
        assert self._idle is not None
        before, began_at = self._deployment.count_calls(), time.monotonic()
        # The product keeps its tables from an earlier bench: shipments of that would change no more.
        run = f"R{int(time.time())}-{round_number}"
        events = make_records(run, EVENTS, 1, datetime.now(UTC))
        put_records((sent.shipment_id or "none", sent.raw) for sent in events)
        recorded = wait_until_taken()
        made = self._deployment.count_calls() - before
        sample = describe_working(made, time.monotonic() - began_at, self._idle)
        return sample if recorded else replace(sample, void_reason=NOT_RECORDED)

    def read_journeys(self, name: str, round_number: int) -> Sample:
        """Return the units `name` of the journeys, which are made once a round."""
        if round_number not in self._journeys:
            fleet = BookedFleet(self._deployment.api, f"J{int(time.time())}-{round_number}")
            steps = list_steps(fleet, partial(put_records, rate=JOURNEYS_RATE))
            self._journeys[round_number] = count_journeys(
                steps, self._deployment.count_calls, wait_until_taken
            )
        return describe_journeys(self._journeys[round_number], name)
