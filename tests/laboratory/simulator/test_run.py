"""A run against a clock: nothing too early, nothing lost on the way, and a ledger that tells the truth."""

import json
from datetime import datetime

import pytest

from laboratory.simulator.faults import ALL_FAULTS, FaultyWay
from laboratory.simulator.fleet import Orders, build_fleet, run_fleet
from laboratory.simulator.ledger import Ledger
from laboratory.simulator.outlet import Receipt
from laboratory.simulator.run import Run
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT, TAG

pytestmark = pytest.mark.slow


class Shelf:
    """An outlet in memory: it keeps what it accepts, and refuses every n-th record or call."""

    def __init__(self, refuse_every=0, fail_calls=0):
        self.kept = []
        self._refuse_every = refuse_every
        self._fail_calls = fail_calls
        self._seen = 0

    def put(self, records):
        if self._fail_calls > 0:
            self._fail_calls -= 1
            return [None] * len(records)
        return [self._put(key, raw) for key, raw in records]

    def _put(self, key, raw):
        self._seen += 1
        if self._refuse_every and self._seen % self._refuse_every == 0:
            return None
        self.kept.append((key, raw))
        return Receipt("shardId-000000000000", str(len(self.kept)))


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self):
        self.now = STARTED_AT

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_run(tmp_path, clock):
    def make(shelf, faults=ALL_FAULTS, rate=50.0):
        orders = Orders(50, rate, 1, payload="turn", hour=14.0, faults=faults)
        fleet = build_fleet(LIVELY, orders, TAG, STARTED_AT)
        booked = []
        run = Run(
            steps=run_fleet(fleet),
            way=FaultyWay(faults, 1, STARTED_AT, LIVELY.parameters),
            outlet=shelf,
            ledger=Ledger(tmp_path / "ledger.ndjson"),
            started_at=STARTED_AT,
            book=booked.append,
            clock=clock,
        )
        return run, booked

    return make


def go(run, clock, seconds):
    for _ in range(int(seconds * 10)):
        clock.now += 0.1
        run.tick(clock.now)


def read_ledger(tmp_path):
    return [json.loads(line) for line in (tmp_path / "ledger.ndjson").read_text().splitlines()]


def test_nothing_is_put_before_its_time(make_run, clock):
    shelf = Shelf()
    early = []

    class Watched(Shelf):
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
            return shelf.put(records)

    run, _ = make_run(Watched(), faults=ALL_FAULTS - {"clock"})
    go(run, clock, 60)
    assert len(shelf.kept) > 2500
    assert early == []


def test_the_ledger_holds_what_was_accepted_and_only_that(make_run, clock, tmp_path):
    shelf = Shelf(refuse_every=7)
    run, _ = make_run(shelf)
    go(run, clock, 30)
    lines = read_ledger(tmp_path)
    assert [(line["key"], line["sequence"]) for line in lines] == [
        (key, str(number)) for number, (key, _) in enumerate(shelf.kept, start=1)
    ]
    assert run.put.total() == len(lines)


def test_a_refused_record_is_put_again(make_run, clock):
    plain, refusing = Shelf(), Shelf(refuse_every=5)
    for shelf in (plain, refusing):
        clock.now = STARTED_AT
        run, _ = make_run(shelf)
        go(run, clock, 20)
        clock.now += 600 - 20
    assert {raw for _, raw in refusing.kept} >= {raw for _, raw in plain.kept[: len(plain.kept) * 3 // 4]}


def test_a_stream_out_of_reach_loses_nothing(make_run, clock, tmp_path):
    shelf = Shelf(fail_calls=4)
    run, _ = make_run(shelf, faults=frozenset())
    go(run, clock, 20)
    assert run.failed_calls == 4
    assert len(read_ledger(tmp_path)) == len(shelf.kept) > 900


def test_a_line_says_what_the_record_is(make_run, clock, tmp_path):
    run, _ = make_run(Shelf())
    go(run, clock, 60)
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
    shelves = Shelf(), Shelf()
    for shelf in shelves:
        clock.now = STARTED_AT
        run, _ = make_run(shelf)
        go(run, clock, 20)
    assert shelves[0].kept == shelves[1].kept


def test_bookings_go_to_the_desk_in_time(make_run, clock):
    run, booked = make_run(Shelf())
    go(run, clock, 35)
    assert len(booked) > 150
    assert all(booking.at <= 35 for booking in booked)
