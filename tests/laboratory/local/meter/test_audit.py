"""Audit: every accepted record is found in the tables or counted as lost."""

from laboratory.local.meter.audit import EventCounts, StoredRecords, count_events
from laboratory.local.meter.ledger import BOOKING, LedgerLine
from workers.stream_positions import make_stream_position

SHARD = "shardId-000000000000"


def line(sequence: int, kind: str = "event", **fields: object) -> LedgerLine:
    return LedgerLine(kind=kind, shard=SHARD, sequence=str(sequence), **{"shipment_id": "123"} | fields)


def place(sequence: int) -> tuple[str, str]:
    return SHARD, make_stream_position(str(sequence))


NOTHING = StoredRecords(places=set(), names=set(), quarantined=set())


def test_a_record_that_is_in_no_table_is_lost():
    assert count_events([line(1)], NOTHING) == EventCounts(1, 0, 0, 0, lost=1)


def test_a_record_with_a_row_from_its_place_in_the_stream_is_recorded():
    assert count_events([line(1)], NOTHING._replace(places={place(1)})) == EventCounts(1, 1, 0, 0, 0)


def test_a_broken_record_is_found_in_quarantine_by_its_place_in_the_stream():
    stored = NOTHING._replace(quarantined={place(7)})
    assert count_events([line(7, "broken", shipment_id=None)], stored) == EventCounts(1, 0, 1, 0, 0)


def test_of_a_record_and_its_repeat_one_is_recorded_and_one_a_duplicate():
    stored = NOTHING._replace(places={place(2)}, names={("123", "e_1")})
    lines = [line(1, event_id="e_1"), line(2, "repeat", event_id="e_1")]
    assert count_events(lines, stored) == EventCounts(put=2, recorded=1, quarantined=0, duplicates=1, lost=0)


def test_a_device_sequence_number_identifies_a_record_of_the_same_subject_only():
    stored = NOTHING._replace(names={("vehicle#KA-1", "gps/5")})
    van = {"shipment_id": None, "vehicle_id": "KA-1", "device_id": "gps", "device_seq": 5}
    assert count_events([line(1, **van), line(2, **van | {"vehicle_id": "KA-2"})], stored) == EventCounts(
        put=2, recorded=0, quarantined=0, duplicates=1, lost=1
    )


def test_a_booking_is_recorded_if_its_shipment_has_one():
    stored = NOTHING._replace(names={("123", BOOKING)})
    lines = [LedgerLine(BOOKING, shipment_id="123"), LedgerLine(BOOKING, shipment_id="124")]
    assert count_events(lines, stored) == EventCounts(put=2, recorded=1, quarantined=0, duplicates=0, lost=1)
