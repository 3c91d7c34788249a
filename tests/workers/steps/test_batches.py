"""Figures of a batch as stages of a latency receipt."""

import json
from datetime import timedelta

from tests.workers.records import NOON, make_record
from tests.workers.world import World
from tracking.domain.events import format_time
from tracking.histograms import find_bucket
from tracking.receipts import ReceiptMeter
from workers.line.process import process
from workers.steps.batches import BatchFigures


def test_decode_and_enrich_are_one_stage_and_each_item_takes_as_long_as_its_batch():
    waits, device = {find_bucket(90): 4}, {find_bucket(700): 2}
    spans = [("decode", 0.01, 4), ("enrich", 0.03, 3), ("record", 0.2, 3), ("push", 0.002, 3)]
    assert BatchFigures(waits, device, spans, 1).make_receipt() == {
        "worker": waits,
        "device": device,
        "enrich": {find_bucket(40): 3},
        "record": {find_bucket(200): 3},
        "push": {find_bucket(2): 3},
    }


def test_a_batch_without_readable_records_has_waits_alone():
    figures = BatchFigures({0: 1}, {}, [("decode", 0.1, 1), ("enrich", 0.1, 0)], 1)
    assert figures.make_receipt() == {"worker": {0: 1}, "device": {}}


def test_the_line_counts_the_way_of_devices_reports_and_the_way_to_the_screen(monkeypatch):
    monkeypatch.setattr("workers.line.push.RECEIPTS", meter := ReceiptMeter())

    def report(number, before_s, **fields):
        sent = {"shipment_id": f"s{number}", "status": "in_transit"} | fields
        if before_s is not None:
            sent["timestamp"] = format_time(NOON - timedelta(seconds=before_s))
        return make_record(number, json.dumps(sent).encode(), arrived_at=NOON)

    # A report without a time, and one of a clock that is ahead, say nothing about their way.
    records = [report(1, 2), report(2, 0.3), report(3, None), report(4, -20)]
    world, batches = World(), []
    process(records, world.tracking, world.workers, measure=batches.append)

    [figures] = batches
    assert figures.device == {find_bucket(2000): 1, find_bucket(300): 1}
    assert sum(figures.waits.values()) == 4
    slots = meter.take_changed().values()
    assert [sum(slot.stages["screen"].values()) for slot in slots] == [4, 4]
