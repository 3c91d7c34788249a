"""Rules of reports: which faults cost a report and which only a field; ids that a spreadsheet has changed."""

from datetime import timedelta

import pytest

from tests.events import at
from tracking.domain.payload import ScanPayload
from tracking.domain.report_rules import check_report, check_time, is_mangled_id

SHIPMENT = {"shipment_id": "1"}
FIX = {"vehicle_id": "v1", "lat": 12.9, "lon": 77.5}


def faults_of(**fields) -> list[tuple[str, str, bool]]:
    return [(fault.field, fault.reason, fault.is_fatal) for fault in check_report(ScanPayload(**fields))]


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        (SHIPMENT, []),
        (FIX, []),
        (SHIPMENT | {"lat": 0, "lon": 0}, []),
        (SHIPMENT | {"lat": 94.9, "lon": 27.4}, []),
        (FIX | {"lat": 0, "lon": 0}, [("shipment_id", "no_subject", True)]),
        ({"vehicle_id": "v1"}, [("shipment_id", "no_subject", True)]),
        ({"lat": 12.9, "lon": 77.5}, [("shipment_id", "no_subject", True)]),
        (SHIPMENT | {"lat": 12.9}, [("lat", "bad_coordinates", True)]),
        (SHIPMENT | {"lat": 12.9, "status": "delivered"}, [("lat", "bad_coordinates", False)]),
        (FIX | {"lat": 91, "lon": 5, "status": "delivered"}, [("lat", "bad_coordinates", True)]),
        ({"shipment_id": "9.8E+11"}, [("shipment_id", "mangled_id", True)]),
        (FIX | {"vehicle_id": "9.8E+11"}, [("vehicle_id", "mangled_id", True)]),
        (
            SHIPMENT | {"vehicle_id": "9.8E+11", "device_id": "9.8E+11"},
            [("vehicle_id", "mangled_id", False), ("device_id", "mangled_id", False)],
        ),
    ],
)
def test_a_fault_is_fatal_if_nothing_is_left_to_record(fields, faults):
    assert faults_of(**fields) == faults


@pytest.mark.parametrize("sent", ["9.84501E+11", "1.5e12", "9E+11", "1.0E12"])
def test_a_number_in_scientific_notation_is_no_id(sent):
    assert is_mangled_id(sent)


@pytest.mark.parametrize(
    "sent", ["7E21", "1e5", "9.84501", "E.5", "12.5E7", "1.5E12-A", "SLX1.5E12", 7, None]
)
def test_an_id_that_only_looks_like_a_number_is_an_id(sent):
    assert not is_mangled_id(sent)


DAYS = timedelta(days=7)
MINUTES = timedelta(minutes=5)
STEP = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("moment", "accepted", "reason"),
    [
        (at(0) + MINUTES, False, None),
        (at(0) + MINUTES + STEP, False, "future"),
        (at(0) + MINUTES + STEP, True, "future"),
        (at(0) - DAYS, False, None),
        (at(0) - DAYS - STEP, False, "too_old"),
        (at(0) - DAYS - timedelta(hours=1), True, None),
        (at(0) - DAYS - timedelta(hours=1) - STEP, True, "too_old"),
    ],
)
def test_a_time_may_be_five_minutes_ahead_of_its_arrival_and_seven_days_behind_it(moment, accepted, reason):
    fault = check_time(moment, at(0), is_accepted=accepted)
    assert (fault.reason if fault else None) == reason


def test_later_a_time_is_in_the_future_by_the_clock_of_then_and_no_older_than_at_its_arrival():
    assert check_time(at(60), at(0), at(55)) is None
    assert check_time(at(60), at(0), at(54)) == check_time(at(60), at(0))
    assert check_time(at(0) - DAYS, at(0), at(60 * 24 * 20)) is None
