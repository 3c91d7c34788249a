"""Receipts: what a process adds up by slot, and how it is stored although the store is away for a while."""

from datetime import UTC, datetime

import pytest

from tracking.domain.errors import TransientError
from tracking.histograms import find_bucket
from tracking.receipt_ports import MemoryReceipts
from tracking.receipt_reporter import ReceiptReporter
from tracking.receipts import DAY, HOUR, ReceiptMeter, Slot, SlotFigures, find_slots

START = 1_764_399_600.0  # 2025-11-29T07:00:00Z: begin of an hour.
FIRST, SECOND = Slot("hour", 5_881_332), Slot("hour", 5_881_333)
OF_DAY = Slot("day", 490_111)


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


class ReceiptsAway(MemoryReceipts):
    is_away = True

    def keep(self, process_id, figures):
        if self.is_away:
            raise TransientError("away")
        super().keep(process_id, figures)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def meter(clock):
    return ReceiptMeter(clock)


def test_items_are_added_up_in_five_minutes_and_in_hours(meter, clock):
    meter.add({"screen": {3: 2, 5: 1}, "record": {1: 3}})
    meter.count_read(is_answered=True)
    first = {FIRST: SlotFigures({"screen": {3: 2, 5: 1}, "record": {1: 3}}, 1, 0)}
    assert meter.take_changed() == first | {OF_DAY: first[FIRST]}
    clock.now += HOUR.slot_s
    meter.add({"screen": {5: 4}})
    meter.count_read(is_answered=False)
    assert meter.take_changed() == {
        SECOND: SlotFigures({"screen": {5: 4}}, 0, 1),
        OF_DAY: SlotFigures({"screen": {3: 2, 5: 5}, "record": {1: 3}}, 1, 1),
    }
    assert meter.take_changed() == {}


def test_an_item_since_a_moment_takes_until_now(meter, clock):
    meter.add_since("notified", [datetime.fromtimestamp(START - 2, UTC), datetime.fromtimestamp(START, UTC)])
    assert meter.take_changed()[FIRST].stages == {"notified": {find_bucket(2000): 1, 0: 1}}


def test_the_last_slot_of_a_period_has_just_begun():
    assert find_slots(HOUR, START)[-1] == FIRST
    assert find_slots(HOUR, START + HOUR.slot_s - 0.1)[-1] == FIRST
    assert [len(find_slots(span, START)) * span.slot_s for span in (HOUR, DAY)] == [3600, 86_400]
    assert FIRST.begins_at == OF_DAY.begins_at == START


def test_figures_that_could_not_be_stored_are_stored_by_a_later_report(meter, clock):
    store = ReceiptsAway()
    reporter = ReceiptReporter(meter, lambda: store, "host:1:a")
    meter.add({"push": {2: 1}})
    reporter.report()
    # The slot is over when the store comes back.
    clock.now += HOUR.slot_s
    meter.add({"push": {2: 10}})
    reporter.report()
    store.is_away = False
    reporter.close()
    assert [[each.stages["push"] for each in slot] for slot in store.read([FIRST, SECOND, OF_DAY])] == [
        [{2: 1}],
        [{2: 10}],
        [{2: 11}],
    ]
