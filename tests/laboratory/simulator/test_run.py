"""Run of a fleet: nothing is put too early, nothing is lost, and the ledger lists what was accepted."""

import json
from datetime import datetime
from functools import cache
from itertools import takewhile

import pytest

from laboratory.simulator.faults import ALL_FAULTS, FaultyUplink
from laboratory.simulator.fleet import FleetOptions, build_fleet, run_fleet
from laboratory.simulator.ledger import Ledger
from laboratory.simulator.run import Run
from laboratory.simulator.stream_sink import Receipt
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT, TAG

pytestmark = pytest.mark.slow


class MemorySink:
    """Record sink in memory that can refuse every n-th record, or the first calls."""

    def __init__(self, refuse_every=0, fail_calls=0):
        self.accepted = []
        self._refuse_every = refuse_every
        self._fail_calls = fail_calls
        self._count = 0

    def put(self, records):
        if self._fail_calls > 0:
            self._fail_calls -= 1
            return [None] * len(records)
        return [self._put(key, raw) for key, raw in records]

    def _put(self, key, raw):
        self._count += 1
        if self._refuse_every and self._count % self._refuse_every == 0:
            return None
        self.accepted.append((key, raw))
        return Receipt("shardId-000000000000", str(len(self.accepted)))


class Clock:
    """Clock that only moves when a test sets it."""

    def __init__(self):
        self.now = STARTED_AT

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def make_steps(faults):
    """Return the steps of the first minute of a fleet, and some more."""
    fleet_options = FleetOptions(50, 50.0, 1, payload="turn", hour=14.0, faults=faults)
    steps = run_fleet(build_fleet(LIVELY, fleet_options, TAG, STARTED_AT))
    return list(takewhile(lambda step: step.at < 90, steps))


read_steps = cache(make_steps)


@pytest.fixture
def make_run(tmp_path, clock):
    def make(sink, faults=ALL_FAULTS):
        booked = []
        run = Run(
            steps=iter(read_steps(faults)),
            uplink=FaultyUplink(faults, 1, STARTED_AT, LIVELY.parameters),
            sink=sink,
            ledger=Ledger(tmp_path / "ledger.ndjson"),
            started_at=STARTED_AT,
            book=booked.append,
            clock=clock,
        )
        return run, booked

    return make


def advance(run, clock, seconds):
    for _ in range(int(seconds * 10)):
        clock.now += 0.1
        run.tick(clock.now)


def read_ledger(tmp_path):
    return [json.loads(line) for line in (tmp_path / "ledger.ndjson").read_text().splitlines()]


def test_no_record_is_put_before_its_own_timestamp(make_run, clock):
    sink = MemorySink()
    early = []

    class WatchedSink(MemorySink):
        def put(self, records):
            for _, raw in records:
                sent = (
                    json.loads(raw).get("timestamp") if raw.startswith(b'{"') and raw.endswith(b"}") else None
                )
                moment = (
                    datetime.fromisoformat(sent).timestamp() if isinstance(sent, str) else (sent or 0) / 1000
                )
                if moment > clock.now:
                    early.append(raw)
            return sink.put(records)

    run, _ = make_run(WatchedSink(), faults=ALL_FAULTS - {"clock"})
    advance(run, clock, 60)
    assert len(sink.accepted) > 2500
    assert early == []


def test_the_ledger_lists_exactly_the_accepted_records(make_run, clock, tmp_path):
    sink = MemorySink(refuse_every=7)
    run, _ = make_run(sink)
    advance(run, clock, 30)
    lines = read_ledger(tmp_path)
    assert [(line["key"], line["sequence"]) for line in lines] == [
        (key, str(number)) for number, (key, _) in enumerate(sink.accepted, start=1)
    ]
    assert run.put.total() == len(lines)


def test_a_refused_record_is_put_again(make_run, clock):
    plain, refusing = MemorySink(), MemorySink(refuse_every=5)
    for sink in (plain, refusing):
        clock.now = STARTED_AT
        run, _ = make_run(sink)
        advance(run, clock, 20)
        clock.now += 600 - 20
    assert {raw for _, raw in refusing.accepted} >= {
        raw for _, raw in plain.accepted[: len(plain.accepted) * 3 // 4]
    }


def test_nothing_is_lost_while_the_stream_is_unreachable(make_run, clock, tmp_path):
    sink = MemorySink(fail_calls=4)
    run, _ = make_run(sink, faults=frozenset())
    advance(run, clock, 20)
    assert run.failed_calls == 4
    assert len(read_ledger(tmp_path)) == len(sink.accepted) > 900


def test_a_line_of_the_ledger_describes_its_record(make_run, clock, tmp_path):
    run, _ = make_run(MemorySink())
    advance(run, clock, 60)
    lines = read_ledger(tmp_path)
    assert set(lines[0]) == {
        "kind",
        "put_at",
        "intended_at",
        "key",
        "shipment_id",
        "vehicle_id",
        "event_id",
        "device_id",
        "device_seq",
        "status",
        "fault",
        "shard",
        "sequence",
    }
    assert {line["kind"] for line in lines} == {"event", "repeat", "broken", "unknown_status"}
    assert all(line["put_at"] >= line["intended_at"] for line in lines)


def test_the_same_seed_puts_the_same_records(make_run, clock):
    sinks = MemorySink(), MemorySink()
    for sink in sinks:
        clock.now = STARTED_AT
        run, _ = make_run(sink)
        advance(run, clock, 20)
        read_steps.cache_clear()
    assert sinks[0].accepted == sinks[1].accepted


def test_bookings_are_made_on_time(make_run, clock):
    run, booked = make_run(MemorySink())
    advance(run, clock, 35)
    assert len(booked) > 150
    assert all(booking.at <= 35 for booking in booked)
