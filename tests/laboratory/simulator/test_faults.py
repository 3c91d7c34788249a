"""Faults between device and stream: how frequent they are and what the product makes of them."""

import itertools
from collections import Counter
from datetime import UTC, datetime

import pytest

from laboratory.simulator.faults import ALL_FAULTS, parse_faults
from tests.laboratory.simulator.drives import STARTED_AT, drive, reports_of, send
from tracking.domain.identity import name_event
from workers.line.decode import decode
from workers.ports import StreamRecord

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reports():
    return reports_of(drive(1200))


@pytest.fixture(scope="module")
def records(reports):
    return send(reports, ALL_FAULTS)


def read(record):
    """Decode a record that arrives when it is due."""
    arrived_at = datetime.fromtimestamp(STARTED_AT + record.due, UTC)
    return decode([StreamRecord(record.raw, arrived_at, "1/shard", "00000000000000000001", "1")])


def test_without_faults_every_report_arrives_once_and_in_order(reports):
    records = send(reports)
    assert [record.raw for record in records] == [report.write(STARTED_AT) for report in reports]
    assert {record.kind for record in records} == {"event"}
    assert all(later.due >= earlier.due for earlier, later in itertools.pairwise(records))


def test_faults_are_as_frequent_as_configured(reports, records):
    faulty = Counter(record.fault or record.kind for record in records)
    assert faulty["repeat"] / len(reports) == pytest.approx(0.01, abs=0.004)
    assert faulty["disorder"] / len(reports) == pytest.approx(0.02, abs=0.005)
    assert faulty["broken"] / len(reports) == pytest.approx(0.002, abs=0.0015)
    assert faulty["unknown_status"] / len(reports) == pytest.approx(0.002, abs=0.0015)


def test_every_report_arrives_in_spite_of_all_faults(reports, records):
    arrived = Counter(record.raw for record in records if record.kind == "event" and record.fault != "resent")
    assert arrived == Counter(report.write(STARTED_AT) for report in reports)


def test_a_resent_report_is_the_same_with_another_event_id(reports, records):
    resent = [record for record in records if record.fault == "resent"]
    assert len(resent) / len(reports) == pytest.approx(0.003, abs=0.0015)
    fixes = {(report.at, report.key, report.fields.get("lat")) for report in reports}
    assert all((record.at, record.key, record.report.fields.get("lat")) in fixes for record in resent)
    assert {record.report.fields["event_id"] for record in resent} & {
        report.fields.get("event_id") for report in reports
    } == set()


def test_a_repeat_has_the_same_bytes(records):
    sent = {record.raw for record in records if record.kind == "event"}
    repeats = [record for record in records if record.kind == "repeat"]
    assert repeats
    assert all(record.raw in sent for record in repeats)


def test_a_report_without_a_time_is_neither_repeated_nor_delayed(reports, records):
    bare = {report.write(STARTED_AT) for report in reports if not report.stamped}
    faulty = {record.raw for record in records if record.fault in ("repeat", "disorder")}
    assert bare
    assert faulty & bare == set()


def test_the_product_refuses_exactly_the_broken_records(records):
    refused = [record for record in records if read(record).refusals]
    assert [record.kind for record in refused] == ["broken"] * len(refused)
    assert len(refused) == sum(record.kind == "broken" for record in records)


def test_broken_records_are_refused_for_several_reasons(reports):
    broken = [record for record in send(reports * 5, {"broken"}) if record.kind == "broken"]
    reasons = {read(record).refusals[0].reason for record in broken}
    assert reasons == {"undecodable", "no_subject", "bad_coordinates"}


def test_an_unknown_status_is_kept_as_reported(records):
    scans = [read(record).scans[0] for record in records if record.kind == "unknown_status"]
    assert scans
    assert all(scan.status is None and scan.reported_status for scan in scans)


def test_no_two_events_have_the_same_key(reports):
    scans = [
        read(record).scans[0] for record in send(reports, {"unknown_status"}) if b"timestamp" in record.raw
    ]
    keys = Counter((scan.shipment_id or scan.vehicle_id, scan.sort_key) for scan in scans)
    assert max(keys.values()) == 1


def test_disabling_one_fault_does_not_change_the_others(reports, records):
    def kinds(sent):
        return Counter(record.kind for record in sent) - Counter(event=10**9)

    assert kinds(send(reports, ALL_FAULTS - {"disorder"})) == kinds(records)


def test_no_record_is_due_before_its_report_was_made(records):
    assert all(record.due > record.at for record in records)


@pytest.mark.parametrize(
    ("text", "faults"),
    [("all", ALL_FAULTS), ("none", frozenset()), ("repeat, broken", frozenset({"repeat", "broken"}))],
)
def test_faults_are_chosen_by_name(text, faults):
    assert parse_faults(text) == faults


def test_an_unknown_fault_is_refused_by_name():
    with pytest.raises(ValueError, match="no such fault: gremlins"):
        parse_faults("repeat,gremlins")


def test_the_event_id_of_a_report_without_one_is_made_from_device_and_sequence_number(reports):
    report_without_id = next(
        report for report in reports if "event_id" not in report.fields and report.stamped
    )
    scan = read(send([report_without_id])[0]).scans[0]
    payload = type("Payload", (), {"event_id": None, **report_without_id.fields})
    assert scan.event_id == name_event(payload, scan.occurred_at, "")
